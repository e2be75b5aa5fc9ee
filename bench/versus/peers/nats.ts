import { join } from 'node:path'
import { debian } from '../debian.ts'
import { hubHost } from '../ground.ts'
import { npmPackage } from '../manifest.ts'
import type { Peer } from '../peer.ts'
import { processPeer } from '../process-peer.ts'

const program = '/usr/sbin/nats-server'
const fetched = () => debian(['nats-server'], [program])

function natsPeer(name: string, about: string, flags: readonly string[]): Peer {
  return processPeer({
    name,
    about,
    broker: 'nats-server',
    storm: 9000,
    presence: undefined,
    adapter: name,
    async prepare() {
      const { version } = await fetched()
      return `${version}, client ${await npmPackage('nats')}`
    },
    async serve(ground) {
      const { root, environment } = await fetched()
      const port = 4222
      const address = ground.address(hubHost)
      const all = ['-a', address, '-p', String(port), ...flags]
      ground.daemon(hubHost, join(root, program), all, environment)
      return { address, port }
    },
  })
}

/** The server's directory is the host's own, in which it is started. */
export const nats: Peer = natsPeer('nats', 'core messages through one nats-server, which keeps none', [])
export const natsKv: Peer = natsPeer('nats-kv', 'a JetStream key-value bucket in memory on one nats-server', [
  '-js',
  '-sd',
  '.',
])
