import { existsSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { lanTrouble } from '../../../test/support/namespaces.ts'
import { command } from '../command.ts'
import { debian, type Unpacked } from '../debian.ts'
import { participantCount, type Ground } from '../ground.ts'
import { CannotRun, type Peer } from '../peer.ts'
import { processPeer } from '../process-peer.ts'

const program = '/usr/sbin/corosync'
const fetched = () => debian(['corosync', 'libcpg-dev'], [program, '/usr/include/corosync/cpg.h'])
const source = join(import.meta.dirname, '..', 'cpg-client.c')

export const corosync: Peer = processPeer({
  name: 'corosync',
  about: 'a closed process group (CPG), one daemon on each host',
  broker: undefined,
  storm: 9000,
  presence: 'loss of the token, and the end of a local client',
  adapter: 'corosync',
  async prepare() {
    const trouble = lanTrouble()
    if (trouble !== undefined) throw new CannotRun(`each daemon needs a network of its own, and ${trouble}`)
    if (!existsSync('/usr/bin/gcc')) throw new CannotRun('its client has to be compiled: apt-get install gcc libc6-dev')
    return (await fetched()).version
  },
  async serve(ground) {
    const found = await fetched()
    const client = join(ground.directory, 'cpg-client')
    await compiled(found, client)
    for (let host = 1; host <= participantCount; host += 1) {
      const state = ground.directoryOf(host)
      const own = join(state, 'corosync.conf')
      writeFileSync(own, configuration(ground, state))
      // Its lock and its sockets are in /run, of which each has one of its own.
      const start = `mount -t tmpfs none /run && exec "$0" -f -c "$1"`
      const args = ['--mount', 'sh', '-c', start, join(found.root, program), own]
      ground.daemon(host, 'unshare', args, found.environment)
    }
    return { client }
  },
})

async function compiled({ root }: Unpacked, client: string): Promise<void> {
  const libraries = join(root, 'usr/lib')
  const folders = readdirSync(libraries).filter((name) => name.endsWith('-linux-gnu'))
  const paths = folders.flatMap((name) => {
    const path = join(libraries, name)
    // The client is started by a worker, which has no LD_LIBRARY_PATH; the old kind of run path holds for what its libraries need, too.
    return [`-L${path}`, '-Wl,--disable-new-dtags', `-Wl,-rpath,${path}`]
  })
  const include = `-I${join(root, 'usr/include')}`
  await command('gcc', ['-O2', include, '-o', client, source, ...paths, '-lcpg'], join(client, '..'))
}

/** The defaults of corosync, but for real-time priority, which namespaces may not have, and for where things are. */
function configuration(ground: Ground, state: string): string {
  const nodes = ground.everybody.map(
    (address, at) => `  node {\n    ring0_addr: ${address}\n    nodeid: ${at + 1}\n    name: p${at + 1}\n  }`,
  )
  return `totem {
  version: 2
  cluster_name: lampfield
  transport: knet
}
system {
  sched_rr: no
  move_to_root_cgroup: no
  state_dir: ${state}
}
logging {
  to_stderr: no
  to_syslog: no
  to_logfile: yes
  logfile: ${join(state, 'corosync.log')}
}
nodelist {
${nodes.join('\n')}
}
`
}
