import { software } from '../../machine.ts'
import type { Peer } from '../peer.ts'
import { processPeer } from '../process-peer.ts'

export const lampfield: Peer = processPeer({
  name: 'lampfield',
  about: 'three nodes, each linked with each',
  broker: undefined,
  storm: 9000,
  presence: 'heartbeats and the end of connections',
  adapter: 'lampfield',
  prepare: () => Promise.resolve(software().lampfield),
  async serve() {
    return { port: 7100, cluster: `versus-${process.pid}` }
  },
})
