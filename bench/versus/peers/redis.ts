import { join } from 'node:path'
import { debian } from '../debian.ts'
import { hubHost } from '../ground.ts'
import { npmPackage } from '../manifest.ts'
import type { Peer } from '../peer.ts'
import { processPeer } from '../process-peer.ts'

const program = '/usr/bin/redis-server'
const fetched = () => debian(['redis-server'], [program])

export const redis: Peer = processPeer({
  name: 'redis',
  about: 'pub/sub and a hash on one redis-server',
  broker: 'redis-server',
  storm: 9000,
  presence: undefined,
  adapter: 'redis',
  async prepare() {
    const { version } = await fetched()
    return `${version}, client ${await npmPackage('redis')}`
  },
  async serve(ground) {
    const { root, environment } = await fetched()
    const port = 6379
    const address = ground.address(hubHost)
    // Nothing on disk and no password, so that the network and the work are what is measured.
    const flags = { bind: address, port, save: '', appendonly: 'no', 'protected-mode': 'no' }
    const args = Object.entries(flags).flatMap(([name, value]) => [`--${name}`, String(value)])
    ground.daemon(hubHost, join(root, program), args, environment)
    return { address, port }
  },
})
