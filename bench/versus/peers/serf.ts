import { join } from 'node:path'
import { debian } from '../debian.ts'
import { participantCount } from '../ground.ts'
import { npmPackage } from '../manifest.ts'
import type { Peer } from '../peer.ts'
import { processPeer } from '../process-peer.ts'

const program = '/usr/bin/serf'
const fetched = () => debian(['serf'], [program])

export const serf: Peer = processPeer({
  name: 'serf',
  about: 'user events, one agent on each host',
  broker: undefined,
  // An agent keeps the last 512 moments of events; more at once than it can pass on are lost.
  storm: 300,
  presence: 'SWIM probes and suspicion',
  adapter: 'serf',
  async prepare() {
    await npmPackage('@msgpack/msgpack')
    return (await fetched()).version
  },
  async serve(ground) {
    const { root, environment } = await fetched()
    const [port, rpc] = [7946, 7373]
    for (let host = 1; host <= participantCount; host += 1) {
      const address = ground.address(host)
      const others = ground.everybody.flatMap((other) => (other === address ? [] : ['-retry-join', `${other}:${port}`]))
      const own = ['-node', `p${host}`, '-bind', `${address}:${port}`, '-rpc-addr', `${address}:${rpc}`]
      const args = ['agent', ...own, '-retry-interval', '1s', '-log-level', 'err', ...others]
      ground.daemon(host, join(root, program), args, environment)
    }
    return { rpc }
  },
})
