import { npmPackage } from '../manifest.ts'
import type { Peer } from '../peer.ts'
import { processPeer } from '../process-peer.ts'

export const hocuspocus: Peer = processPeer({
  name: 'hocuspocus',
  about: 'a Y.Map through a Hocuspocus server',
  broker: 'a Hocuspocus server',
  storm: 9000,
  presence: 'awareness, which the server ends with the connection',
  adapter: 'hocuspocus',
  async prepare() {
    return `${await npmPackage('@hocuspocus/server')}, yjs ${await npmPackage('yjs')}`
  },
  async serve(ground) {
    return ground.hub('hocuspocus-hub', { port: 1234 })
  },
})
