import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { ed25519, type KeyPair } from '../../src/runtime/signature.ts'
import { peerIdOf, type PeerId } from '../../src/state/peer-id.ts'

let made = 0

/**
 * Hosts of a test as network namespaces on one bridge: the only way to cut a cable, to have addresses that nobody answers, and to have
 * multicast that reaches some and not others. Needs root and `ip` of iproute2.
 */
export class Namespaces {
  /** Two words in every name, so that runs beside each other do not meet. */
  readonly #tag = `lf${process.pid % 10_000}n${(made += 1)}`
  readonly #hosts = new Map<string, { readonly namespace: string; readonly port: string }>()
  readonly #workers: Worker[] = []

  /** Why namespaces cannot be used here, or undefined when they can. */
  static get reason(): string | undefined {
    if (process.getuid?.() !== 0) return 'not root'
    try {
      const probe = `lfprobe${process.pid}`
      ip('netns', 'add', probe)
      ip('netns', 'del', probe)
      return undefined
    } catch (error) {
      return `no network namespaces: ${String(error).split('\n')[0]}`
    }
  }

  constructor() {
    ip('netns', 'add', this.#tag)
    this.#in(this.#tag, 'link', 'add', 'br0', 'type', 'bridge', 'forward_delay', '0')
    this.#in(this.#tag, 'link', 'set', 'br0', 'up')
  }

  /** A host with the address 10.77.0.`number`, on the bridge, with a route for multicast unless told otherwise. */
  add(name: string, number: number, options: { readonly multicast?: boolean } = {}): void {
    const namespace = `${this.#tag}-${name}`
    const port = `p-${name}`
    ip('netns', 'add', namespace)
    this.#hosts.set(name, { namespace, port })
    this.#in(this.#tag, 'link', 'add', port, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', namespace)
    this.#in(this.#tag, 'link', 'set', port, 'master', 'br0', 'up')
    this.#in(namespace, 'link', 'set', 'lo', 'up')
    this.#in(namespace, 'link', 'set', 'eth0', 'up')
    this.address(name, number)
    if (options.multicast !== false) this.#in(namespace, 'route', 'add', '224.0.0.0/4', 'dev', 'eth0')
  }

  /** Gives a host one more address. */
  address(name: string, number: number): void {
    this.#in(this.#host(name).namespace, 'address', 'add', `10.77.0.${number}/24`, 'dev', 'eth0')
  }

  /** Pulls a host's cable, at the far end: the host sees nothing but silence. */
  cut(name: string): void {
    this.#in(this.#tag, 'link', 'set', this.#host(name).port, 'nomaster')
  }

  mend(name: string): void {
    this.#in(this.#tag, 'link', 'set', this.#host(name).port, 'master', 'br0')
  }

  /** Runs a network on a host; resolves when it has started. */
  async run(name: string, options: object = {}, keys: KeyPair = ed25519().generate()): Promise<Worker> {
    const worker = new Worker(this.#host(name).namespace, options, keys)
    this.#workers.push(worker)
    await worker.started
    return worker
  }

  remove(): void {
    for (const worker of this.#workers) worker.kill()
    for (const { namespace } of this.#hosts.values()) ip('netns', 'del', namespace)
    ip('netns', 'del', this.#tag)
  }

  #host(name: string): { readonly namespace: string; readonly port: string } {
    const host = this.#hosts.get(name)
    if (host === undefined) throw new Error(`no host ${name}`)
    return host
  }

  #in(namespace: string, ...command: readonly string[]): void {
    ip('-n', namespace, ...command)
  }
}

function ip(...command: readonly string[]): void {
  execFileSync('ip', command, { stdio: ['ignore', 'ignore', 'pipe'] })
}

/** A network in a process of its own; see `network-worker.ts`. */
export class Worker {
  readonly self: PeerId
  readonly started: Promise<void>
  readonly peers: Set<string> = new Set()
  readonly messages: string[] = []
  readonly warnings: string[] = []
  readonly #process: ChildProcess
  addresses: readonly string[] = []
  /** How often it was told of a new or a lost peer. */
  connections = 0
  disconnections = 0
  addressChanges = 0
  exitCode: number | null | undefined

  /** Without a namespace it runs where the test runs. */
  constructor(namespace: string | undefined, options: object, keys: KeyPair) {
    this.self = peerIdOf(keys.publicKey)
    const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')
    const given = JSON.stringify({ ...options, publicKey: hex(keys.publicKey), privateKey: hex(keys.privateKey) })
    const script = fileURLToPath(new URL('network-worker.ts', import.meta.url))
    const command = [process.execPath, '--import', 'tsx', script, given]
    const [file = '', ...rest] = namespace === undefined ? command : ['ip', 'netns', 'exec', namespace, ...command]
    this.#process = spawn(file, rest, { stdio: ['pipe', 'pipe', 'inherit'] })
    this.#process.on('exit', (code) => (this.exitCode = code))
    this.started = new Promise((resolve, reject) => {
      const { stdout } = this.#process
      if (stdout === null) throw new Error('no output')
      createInterface({ input: stdout }).on('line', (line) => this.#hear(line, resolve))
      this.#process.on('exit', () => reject(new Error('the worker ended')))
    })
  }

  send(command: string, fields: object = {}): void {
    this.#process.stdin?.write(`${JSON.stringify({ command, ...fields })}\n`)
  }

  signal(signal: NodeJS.Signals): void {
    this.#process.kill(signal)
  }

  kill(): void {
    this.#process.kill('SIGKILL')
  }

  #hear(line: string, started: () => void): void {
    const told = JSON.parse(line) as Record<string, unknown>
    if (told['event'] === 'started') {
      this.addresses = told['addresses'] as string[]
      started()
    } else if (told['event'] === 'connected') {
      this.peers.add(String(told['peer']))
      this.connections += 1
    } else if (told['event'] === 'disconnected') {
      this.peers.delete(String(told['peer']))
      this.disconnections += 1
    } else if (told['event'] === 'gossip') this.messages.push(String(told['text']))
    else if (told['event'] === 'addresses') {
      this.addresses = told['addresses'] as string[]
      this.addressChanges += 1
    } else if (told['event'] === 'log' && told['level'] === 'warn') this.warnings.push(String(told['message']))
  }
}
