import { spawn, type ChildProcess } from 'node:child_process'
import { join } from 'node:path'
import { ControlClient } from '../../control/client.ts'

export interface DemoServerOptions {
  readonly name: string
  readonly entityId: string
  /** Where all servers of the demo have their directories. */
  readonly directory: string
  /** Flags of `lampfield start` that all servers share. */
  readonly flags: readonly string[]
}

/** Characters of a node's last words that are kept, to be shown where something fails. */
const lastWordsMax = 4000

/** One server of the demo: a real node in a process of its own. */
export class DemoServer {
  readonly name: string
  readonly dataDirectory: string
  readonly client: ControlClient
  readonly #options: DemoServerOptions
  #process: ChildProcess | undefined
  #exit: Promise<void> = Promise.resolve()
  #lastWords = ''

  constructor(options: DemoServerOptions) {
    this.#options = options
    this.name = options.name
    this.dataDirectory = join(options.directory, options.name)
    this.client = new ControlClient(this.dataDirectory)
  }

  /** What the node wrote last. */
  get lastWords(): string {
    return this.#lastWords.trim()
  }

  get isRunning(): boolean {
    return this.#process !== undefined
  }

  start(): void {
    const { name, entityId, flags } = this.#options
    const own = ['--name', name, '--entity-id', entityId, '--data-dir', this.dataDirectory]
    const entry = process.argv[1] ?? 'lampfield'
    const child = spawn(process.execPath, [...process.execArgv, entry, 'start', ...own, ...flags], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: withoutOwnSettings(process.env),
    })
    this.#process = child
    this.#exit = new Promise((resolve) => {
      const gone = (error?: Error): void => {
        if (error !== undefined) this.#hear(error.message)
        if (this.#process === child) this.#process = undefined
        resolve()
      }
      child.once('error', gone)
      child.once('exit', () => gone())
    })
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8')
      stream.on('data', (text: string) => this.#hear(text))
    }
  }

  signal(name: NodeJS.Signals): void {
    this.#process?.kill(name)
  }

  /** Kills the node as a power cut would: it cannot say farewell. */
  async kill(): Promise<void> {
    this.signal('SIGKILL')
    await this.#exit
  }

  /** Resolves when the node's process is gone. */
  exited(): Promise<void> {
    return this.#exit
  }

  #hear(text: string): void {
    this.#lastWords = (this.#lastWords + text).slice(-lastWordsMax)
  }
}

/** What is set for the user's own node must not reach the demo's. */
function withoutOwnSettings(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('LAMPFIELD_')))
}
