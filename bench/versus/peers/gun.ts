import { npmPackage } from '../manifest.ts'
import type { Peer } from '../peer.ts'
import { processPeer } from '../process-peer.ts'

export const gun: Peer = processPeer({
  name: 'gun',
  about: 'a graph in memory, each participant linked with each',
  broker: undefined,
  storm: 1500,
  presence: 'the end of a connection',
  adapter: 'gun',
  prepare: () => npmPackage('gun'),
  async serve() {
    return { port: 8765 }
  },
})
