import { spawnSync } from 'node:child_process'

/**
 * Networks for tests, made of network namespaces: hosts with one card each on one switch. What runs on a host sends nothing to the
 * machine's own networks. Linux as root only; `lanTrouble` tells.
 */

const prefix = `lf-${process.pid}-`
const open = new Set<Lan>()
let lansMade = 0

/** Why no network can be made here; undefined where one can. */
export function lanTrouble(): string | undefined {
  if (process.platform !== 'linux') return 'network namespaces are made on Linux only'
  if (process.getuid?.() !== 0) return 'network namespaces are made by root only'
  for (const [tool, version] of [
    ['ip', '-V'],
    ['nft', '--version'],
    ['setpriv', '--version'],
  ] as const) {
    if (spawnSync(tool, [version]).status !== 0) return `there is no ${tool} here`
  }
  return undefined
}

/** The namespaces that this process has made and not removed. */
export function leftovers(): string[] {
  return namespaces().filter((name) => name.startsWith(prefix))
}

/** One server of a test network: a namespace with the card `eth0` and the loopback interface. */
export class Host {
  readonly number: number
  readonly namespace: string
  /** The switch's port that its card is plugged into. */
  readonly port: string
  #address: string

  constructor(lan: string, number: number) {
    this.number = number
    this.namespace = `${lan}-h${number}`
    this.port = `p${number}`
    this.#address = `10.77.0.${number}`
  }

  /** Its address now. */
  get address(): string {
    return this.#address
  }

  /** The command line that runs a program here. The program ends with the process that starts it, whatever ends that. */
  commandLine(program: string, args: readonly string[]): readonly [command: string, args: string[]] {
    return ['ip', ['netns', 'exec', this.namespace, 'setpriv', '--pdeathsig', 'KILL', program, ...args]]
  }

  /** `ip link set eth0 down`: the kernel forgets the routes with it. */
  linkDown(): void {
    ip(this.namespace, ['link set eth0 down'])
  }

  /** The card is up again, with the route that a network manager would give it back. */
  linkUp(): void {
    ip(this.namespace, ['link set eth0 up', multicastRoute])
  }

  /** Another address, as a DHCP server would give it. */
  changeAddress(address: string): void {
    ip(this.namespace, [
      `address del ${this.#address}/24 dev eth0`,
      `address add ${address}/24 dev eth0`,
      multicastRoute,
    ])
    this.#address = address
  }

  /** Every packet that arrives here is thrown away with this likelihood; 0 for none. */
  lose(percent: number): void {
    nft(this.namespace, 'inet', [
      'chain arriving { type filter hook input priority 0; }',
      ...(percent > 0 ? [`chain arriving { iifname eth0 numgen random mod 100 < ${percent} drop; }`] : []),
    ])
  }

  /** Delays what leaves the card; false where the kernel cannot. */
  delay(delayMs: number, jitterMs: number): boolean {
    const delay = `qdisc replace dev eth0 root netem delay ${delayMs}ms ${jitterMs}ms`
    return spawnSync('tc', ['-n', this.namespace, ...delay.split(' ')]).status === 0
  }
}

/** A multicast packet needs a route like any other, and a host without a default route has none. */
const multicastRoute = 'route replace 224.0.0.0/4 dev eth0'

/** A switch with hosts on it, addresses 10.77.0.1 and so on. */
export class Lan {
  readonly hosts: readonly Host[]
  readonly #name: string
  readonly #switch: string

  constructor(hostCount: number) {
    if (lansMade === 0) begin()
    lansMade += 1
    this.#name = `${prefix}${lansMade}`
    this.#switch = `${this.#name}-sw`
    this.hosts = Array.from({ length: hostCount }, (_, at) => new Host(this.#name, at + 1))
    open.add(this)
    try {
      this.#make()
    } catch (error) {
      this.close()
      throw error
    }
  }

  /** The host of a number, from 1. */
  host(number: number): Host {
    const host = this.hosts[number - 1]
    if (host === undefined) throw new Error(`the network has no host ${number}`)
    return host
  }

  /** Pulls a host's cable at the switch: to the host its link looks up. */
  cut(host: Host): void {
    this.#portState(host, 'disabled')
  }

  /** Plugs it in again. */
  join(host: Host): void {
    this.#portState(host, 'forwarding')
  }

  /** No packet passes from one of `from` to one of `to`; what was blocked before passes again. */
  block(...walls: readonly { readonly from: readonly Host[]; readonly to: readonly Host[] }[]): void {
    const ports = (hosts: readonly Host[]): string => `{ ${hosts.map(({ port }) => `"${port}"`).join(', ')} }`
    nft(this.#switch, 'bridge', [
      'chain passing { type filter hook forward priority 0; }',
      ...walls.map(({ from, to }) => `chain passing { iifname ${ports(from)} oifname ${ports(to)} drop; }`),
    ])
  }

  /** Cuts the network in two. */
  split(one: readonly Host[], other: readonly Host[]): void {
    this.block({ from: one, to: other }, { from: other, to: one })
  }

  /** Removes everything. What still runs on the hosts is to be ended before. */
  close(): void {
    open.delete(this)
    for (const name of namespaces()) if (name.startsWith(`${this.#name}-`)) spawnSync('ip', ['netns', 'del', name])
  }

  #make(): void {
    tool('ip', ['netns', 'add', this.#switch])
    // Without snooping the switch passes multicast to every port, as one without a querier does.
    ip(this.#switch, ['link add br0 type bridge mcast_snooping 0', 'link set br0 up'])
    for (const { number, namespace, port, address } of this.hosts) {
      tool('ip', ['netns', 'add', namespace])
      // Bit 1 of the first byte: a locally administered address.
      const hardware = `02:4c:46:00:00:${number.toString(16).padStart(2, '0')}`
      ip(this.#switch, [
        `link add ${port} type veth peer name eth0 address ${hardware} netns ${namespace}`,
        `link set ${port} master br0 up`,
      ])
      ip(namespace, ['link set lo up', `address add ${address}/24 dev eth0`, 'link set eth0 up', multicastRoute])
    }
  }

  #portState({ port }: Host, state: 'disabled' | 'forwarding'): void {
    // The numbers of the bridge's port states (linux/if_bridge.h).
    const number = state === 'disabled' ? '0' : '3'
    tool('bridge', ['-n', this.#switch, 'link', 'set', 'dev', port, 'state', number])
  }
}

/** Removes what a killed process has left, and sees to it that this one leaves nothing. */
function begin(): void {
  for (const name of namespaces()) {
    const pid = /^lf-(\d+)-/.exec(name)?.[1]
    if (pid !== undefined && !isRunning(Number(pid))) spawnSync('ip', ['netns', 'del', name])
  }
  const closeAll = (): void => {
    for (const lan of open) lan.close()
  }
  process.once('exit', closeAll)
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => {
      closeAll()
      process.kill(process.pid, signal)
    })
  }
}

function namespaces(): string[] {
  const lines = spawnSync('ip', ['netns', 'list'], { encoding: 'utf8' }).stdout.split('\n')
  return lines.map((line) => line.split(' ')[0] ?? '').filter((name) => name !== '')
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/** Replaces the table of this house in a namespace. */
function nft(namespace: string, family: 'inet' | 'bridge', chains: readonly string[]): void {
  const table = `table ${family} lampfield`
  const text = `${table}\ndelete ${table}\n${table} {\n${chains.join('\n')}\n}\n`
  tool('ip', ['netns', 'exec', namespace, 'nft', '-f', '-'], text)
}

function ip(namespace: string, lines: readonly string[]): void {
  tool('ip', ['-n', namespace, '-batch', '-'], `${lines.join('\n')}\n`)
}

function tool(command: string, args: readonly string[], input = ''): void {
  const { status, stderr, error } = spawnSync(command, args, { input, encoding: 'utf8' })
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}: ${error?.message ?? stderr}\n${input}`)
}
