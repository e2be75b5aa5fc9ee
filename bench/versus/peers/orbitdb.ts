import { npmPackage } from '../manifest.ts'
import type { Peer } from '../peer.ts'
import { processPeer } from '../process-peer.ts'

export const orbitdb: Peer = processPeer({
  name: 'orbitdb',
  about: 'a key-value database on Helia and libp2p, each participant linked with each',
  broker: undefined,
  storm: 90,
  presence: 'subscriptions that end with the connection',
  adapter: 'orbitdb',
  prepare: () => npmPackage('@orbitdb/core'),
  async serve() {
    return { port: 4001 }
  },
})
