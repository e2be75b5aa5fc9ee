import { existsSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { debian } from '../debian.ts'
import { participantCount } from '../ground.ts'
import { CannotRun, type Peer } from '../peer.ts'
import { processPeer } from '../process-peer.ts'

const program = '/usr/sbin/kamailio'
const fetched = () => debian(['kamailio'], [program])

export const kamailio: Peer = processPeer({
  name: 'kamailio',
  about: 'a hash table replicated by DMQ, one daemon on each host',
  broker: undefined,
  storm: 900,
  presence: 'a SIP request each 60 s, the shortest time that it takes',
  adapter: 'kamailio',
  async prepare() {
    const { root, version } = await fetched()
    if (modulesIn(root) === undefined) throw new CannotRun('its modules are not where Debian has them')
    return version
  },
  async serve(ground) {
    const { root, environment } = await fetched()
    const modules = modulesIn(root) ?? ''
    // Libraries that only its modules use are beside them.
    const libraries = { LD_LIBRARY_PATH: [environment['LD_LIBRARY_PATH'], join(modules, '..')].join(':') }
    const ports = { sip: 5060, application: 5070, rpc: 8090 }
    for (let host = 1; host <= participantCount; host += 1) {
      const directory = ground.directoryOf(host)
      const file = join(directory, 'kamailio.cfg')
      const [address, ...others] = [host, ...[1, 2, 3].filter((one) => one !== host)].map((one) => ground.address(one))
      writeFileSync(file, configuration(modules, address ?? '', others, ports))
      const own = ['-w', directory, '-Y', directory, '-P', join(directory, 'kamailio.pid')]
      ground.daemon(host, join(root, program), ['-DD', '-E', '-f', file, ...own], libraries)
    }
    return ports
  },
})

function modulesIn(root: string): string | undefined {
  const libraries = join(root, '/usr/lib')
  const folders = readdirSync(libraries).filter((name) => name.endsWith('-linux-gnu'))
  return folders.map((name) => join(libraries, name, 'kamailio', 'modules')).find((path) => existsSync(path))
}

function configuration(
  modules: string,
  address: string,
  others: readonly string[],
  { sip, application, rpc }: { readonly sip: number; readonly application: number; readonly rpc: number },
): string {
  const notified = others.map((other) => `modparam("dmq", "notification_address", "sip:${other}:${sip}")`)
  return `#!KAMAILIO
debug=-3
children=2
auto_aliases=no
dns=no
rev_dns=no
disable_tcp=yes
listen=udp:${address}:${sip}
mpath="${modules}"
${['tm', 'sl', 'pv', 'kex', 'corex', 'jsonrpcs', 'dmq', 'htable'].map((name) => `loadmodule "${name}.so"`).join('\n')}
modparam("jsonrpcs", "transport", 4)
modparam("jsonrpcs", "dgram_socket", "udp:${address}:${rpc}")
modparam("dmq", "server_address", "sip:${address}:${sip}")
${notified.join('\n')}
modparam("dmq", "num_workers", 2)
modparam("dmq", "ping_interval", 60)
modparam("htable", "enable_dmq", 1)
modparam("htable", "dmq_init_sync", 1)
modparam("htable", "htable", "state=>size=10;dmqreplicate=1;")
request_route {
  if (method == "KDMQ") {
    dmq_process_message(1);
    if ($rU == "htable") send_udp("${address}:${application}");
    exit;
  }
  if (method == "PUBLISH" && src_ip == ${address}) {
    $sht(state=>$hdr(X-Key)) = $hdr(X-Value);
    sl_send_reply("200", "OK");
  }
  exit;
}
`
}
