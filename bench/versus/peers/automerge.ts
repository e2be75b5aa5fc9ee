import { npmPackage } from '../manifest.ts'
import type { Peer } from '../peer.ts'
import { processPeer } from '../process-peer.ts'

export const automerge: Peer = processPeer({
  name: 'automerge-repo',
  about: 'one document through a repository that all synchronise with',
  broker: 'a repository with a WebSocket server',
  storm: 1500,
  presence: 'its Presence: a heartbeat each 15 s, forgotten after 45 s',
  adapter: 'automerge',
  prepare: () => npmPackage('@automerge/automerge-repo'),
  async serve(ground) {
    return ground.hub('automerge-hub', { port: 3030 })
  },
})
