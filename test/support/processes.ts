import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ControlClient } from '../../src/control/client.ts'
import type { EntityId } from '../../src/state/entity-id.ts'
import { builtMain } from './build.ts'
import { Command, type Ended } from './command.ts'
import type { Host } from './namespaces.ts'
import { Outlook } from './outlook.ts'

export interface ProcessOptions {
  readonly host: Host
  readonly name: string
  /** Flags of `lampfield start`, beside the data directory and the log format. */
  readonly flags?: readonly string[]
  /** Options of Node.js itself. */
  readonly nodeFlags?: readonly string[]
  /** The program to run, where it is not the built one. */
  readonly main?: string
}

/** A start takes half a second of a core; a dozen share two. */
const startMaxMs = 90_000

/** Characters of what a node wrote that are shown where a test failed. */
const lastWordsMax = 12_000

/** Directories of one test, and everything that runs for it. */
export class Processes {
  readonly directory: string = mkdtempSync(join(tmpdir(), 'lampfield-live-'))
  readonly nodes: NodeProcess[] = []
  readonly #commands: Command[] = []

  /** A server that is to run a node; not started. */
  node(options: ProcessOptions): NodeProcess {
    const node = new NodeProcess(this.directory, options)
    this.nodes.push(node)
    return node
  }

  /** Runs `lampfield` on a host, as a person would. */
  begin(host: Host, args: readonly string[]): Command {
    const command = new Command(host, [builtMain(), ...args], environmentOf(this.directory, host))
    this.#commands.push(command)
    return command
  }

  /** The same, to its end. */
  run(host: Host, args: readonly string[]): Promise<Ended> {
    return this.begin(host, args).ended
  }

  /** Runs a command of a running node. */
  ask(node: NodeProcess, args: readonly string[]): Promise<Ended> {
    return this.run(node.host, [...args, '--data-dir', node.dataDirectory])
  }

  /** Ends everything and removes what it has kept. */
  async close(): Promise<void> {
    for (const command of this.#commands) command.signal('SIGKILL')
    await Promise.all([...this.nodes.map((node) => node.kill()), ...this.#commands.map(({ ended }) => ended)])
    rmSync(this.directory, { recursive: true, force: true })
  }

  /** The last words of every node, for whoever has to find out why a test failed. */
  story(): string {
    return this.nodes.map((node) => `--- ${node.name}\n${node.log.slice(-lastWordsMax).trimEnd()}\n`).join('\n')
  }
}

/** One server's node: a process that can be started, killed and frozen, and the directory that outlives it. */
export class NodeProcess {
  readonly name: string
  readonly host: Host
  readonly client: ControlClient
  readonly dataDirectory: string
  readonly #options: ProcessOptions
  readonly #home: string
  readonly #lives: Command[] = []
  #entity: EntityId | undefined
  #outlook: Outlook | undefined

  constructor(home: string, options: ProcessOptions) {
    this.#home = home
    this.#options = options
    this.name = options.name
    this.host = options.host
    this.dataDirectory = join(home, options.name)
    // Nobody asserts here how fast an answer comes: the machine may be busy with twelve nodes and more.
    this.client = new ControlClient(this.dataDirectory, { answerMaxMs: 30_000 })
  }

  /** Known once it has started. */
  get entity(): EntityId {
    if (this.#entity === undefined) throw new Error(`${this.name} has not started`)
    return this.#entity
  }

  /** What it shows, by its event stream. */
  get outlook(): Outlook {
    if (this.#outlook === undefined) throw new Error(`${this.name} does not run`)
    return this.#outlook
  }

  get pid(): number {
    return this.#command?.pid ?? 0
  }

  get isRunning(): boolean {
    return this.#command?.isRunning === true
  }

  /** Everything it wrote, over all its lives. */
  get log(): string {
    return this.#lives.map(({ out, err }) => out + err).join('')
  }

  /** Starts the node and resolves when it runs and is listened to. */
  async start(more: Pick<ProcessOptions, 'flags' | 'nodeFlags' | 'main'> = {}): Promise<void> {
    const { host, flags = [], nodeFlags = [], main = builtMain() } = { ...this.#options, ...more }
    const args = [...nodeFlags, main, 'start', '--data-dir', this.dataDirectory, '--log-format', 'json', ...flags]
    const command = new Command(host, args, environmentOf(this.#home, host))
    this.#lives.push(command)
    this.#entity = await this.#runs(command)
    this.#outlook = await Outlook.open(this.name, this.client)
  }

  /** Tells it to leave; resolves with how it ended. */
  stop(): Promise<Ended> {
    this.signal('SIGTERM')
    return this.ended()
  }

  /** Resolves with how it ended. A second SIGTERM would end it without a farewell. */
  ended(): Promise<Ended> {
    const command = this.#command
    return command === undefined ? Promise.reject(new Error(`${this.name} has not started`)) : command.ended
  }

  /** Kill -9, as sudden as the loss of power is to a process. */
  async kill(): Promise<void> {
    this.signal('SIGKILL')
    await this.#command?.ended
    this.#outlook?.close()
  }

  freeze(): void {
    this.signal('SIGSTOP')
  }

  thaw(): void {
    this.signal('SIGCONT')
  }

  signal(name: NodeJS.Signals): void {
    this.#command?.signal(name)
  }

  /** Its directory is lost, as with a new disk. */
  emptyDirectory(): void {
    rmSync(this.dataDirectory, { recursive: true, force: true })
  }

  /** Takes over another node's directory, as a cloned machine does. */
  copyDirectory(from: NodeProcess): void {
    cpSync(from.dataDirectory, this.dataDirectory, {
      recursive: true,
      // The socket and LevelDB's lock are the running node's own.
      filter: (path) => !/\/(control\.sock|LOCK)$/.test(path),
    })
  }

  /** Resident memory in megabytes. */
  memoryMb(): number {
    const status = readFileSync(`/proc/${this.pid}/status`, 'utf8')
    return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) / 1024
  }

  get #command(): Command | undefined {
    return this.#lives.at(-1)
  }

  /** Resolves with the entity ID when the process answers. */
  async #runs(command: Command): Promise<EntityId> {
    const endMs = performance.now() + startMaxMs
    while (command.isRunning) {
      const view = await this.client.node().catch(() => undefined)
      // Where a killed node left its socket, only the new one's process ID tells that it runs.
      if (view?.status === 'running' && view.pid === command.pid) return view.entity
      if (performance.now() > endMs) throw new Error(`${this.name} does not run after ${startMaxMs} ms:\n${this.log}`)
      await pause(10)
    }
    throw new Error(`${this.name} ended while it started:\n${this.log}`)
  }
}

/** Every host is a machine with a home of its own, and nothing of what is set for the user's own node. */
function environmentOf(directory: string, host: Host): NodeJS.ProcessEnv {
  const home = join(directory, `home-of-${host.number}`)
  return { PATH: process.env['PATH'], HOME: home, XDG_STATE_HOME: join(home, 'state'), NO_COLOR: '1' }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms)
  })
}
