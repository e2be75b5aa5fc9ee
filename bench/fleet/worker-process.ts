import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import type { Host } from '../../test/support/namespaces.ts'
import type { Operations, Reply, Request } from '../worker/protocol.ts'
import { builtWorker, type WorkerMain } from './built-worker.ts'

interface Waiting {
  readonly name: string
  readonly resolve: (answer: never) => void
  readonly reject: (error: Error) => void
}

/** Whether `setpriv` can end a process together with the one that started it, even with kill -9. */
let canTie: boolean | undefined

/** What a kind of worker can be asked, by name. */
type Known<Names> = { readonly [Name in keyof Names]: { readonly argument: unknown; readonly answer: unknown } }

/** A process that runs a node, or whatever else `main` names; the other end of `bench/worker/main.ts`. */
export class WorkerProcess<Asked extends Known<Asked> = Operations> {
  readonly name: string
  /** Resolves when the process is gone. */
  readonly ended: Promise<void>
  readonly #child: ChildProcess
  readonly #waiting = new Map<number, Waiting>()
  #asked = 0
  #said = ''

  constructor(
    name: string,
    options: {
      readonly host?: Host | undefined
      readonly nodeFlags?: readonly string[]
      readonly main?: WorkerMain
    } = {},
  ) {
    this.name = name
    const args = [...(options.nodeFlags ?? []), builtWorker(options.main)]
    const [command, all] = commandLine(options.host, args)
    const child = spawn(command, all, { stdio: ['ignore', 'pipe', 'pipe', 'ipc'], serialization: 'advanced' })
    this.#child = child
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        // The last words are for whoever has to find out why it ended.
        this.#said = (this.#said + text).slice(-4000)
      })
    }
    child.on('message', (reply: Reply) => this.#take(reply))
    // Writing to a process that was just killed is told by its end, too.
    child.on('error', () => {})
    this.ended = new Promise((resolve) => {
      child.once('close', () => {
        this.#breakOff()
        resolve()
      })
    })
  }

  get pid(): number {
    return this.#child.pid ?? 0
  }

  get isRunning(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null
  }

  ask<Name extends keyof Asked & string>(
    name: Name,
    argument: Asked[Name]['argument'],
  ): Promise<Asked[Name]['answer']> {
    return new Promise((resolve, reject) => {
      if (!this.isRunning) {
        reject(new Error(`${this.name} has ended before "${name}":\n${this.#said}`))
        return
      }
      this.#asked += 1
      const request: Request = { id: this.#asked, name, argument }
      this.#waiting.set(request.id, { name, resolve, reject })
      this.#child.send(request)
    })
  }

  signal(name: NodeJS.Signals): void {
    if (this.isRunning) this.#child.kill(name)
  }

  async kill(): Promise<void> {
    this.signal('SIGKILL')
    await this.ended
  }

  #take(reply: Reply): void {
    const waiting = this.#waiting.get(reply.id)
    this.#waiting.delete(reply.id)
    if ('error' in reply) waiting?.reject(new Error(`${this.name}: ${waiting.name}: ${reply.error}`))
    else waiting?.resolve(reply.answer as never)
  }

  #breakOff(): void {
    for (const { name, reject } of this.#waiting.values()) {
      reject(new Error(`${this.name} ended during "${name}":\n${this.#said}`))
    }
    this.#waiting.clear()
  }
}

function commandLine(host: Host | undefined, args: readonly string[]): readonly [string, string[]] {
  if (host !== undefined) {
    const [command, all] = host.commandLine(process.execPath, args)
    return [command, [...all]]
  }
  canTie ??= process.platform === 'linux' && spawnSync('setpriv', ['--version']).status === 0
  if (canTie) return ['setpriv', ['--pdeathsig', 'KILL', process.execPath, ...args]]
  return [process.execPath, [...args]]
}
