import { spawn, type ChildProcess } from 'node:child_process'
import type { Host } from './namespaces.ts'

/** How a program ended, and what it had written. */
export interface Ended {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly out: string
  readonly err: string
}

/** A program of Node.js that runs on a host. */
export class Command {
  out = ''
  err = ''
  /** Resolves when it has ended and everything it wrote was read. */
  readonly ended: Promise<Ended>
  readonly #child: ChildProcess
  #looks: (() => void)[] = []

  constructor(host: Host, args: readonly string[], env: NodeJS.ProcessEnv) {
    const [command, all] = host.commandLine(process.execPath, args)
    const child = spawn(command, all, { env, stdio: ['ignore', 'pipe', 'pipe'] })
    this.#child = child
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      this.out += text
      this.#look()
    })
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.err += text
      this.#look()
    })
    this.ended = new Promise((resolve, reject) => {
      child.once('error', reject)
      child.once('close', (code, signal) => {
        this.#look()
        resolve({ code, signal, out: this.out, err: this.err })
      })
    })
  }

  get pid(): number {
    return this.#child.pid ?? 0
  }

  get isRunning(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null
  }

  signal(name: NodeJS.Signals): void {
    if (this.isRunning) this.#child.kill(name)
  }

  /** Resolves when what it wrote makes a condition true; rejects after `limitMs`, or when it ends before. */
  when(what: string, limitMs: number, holds: (command: this) => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      const settle = (error?: Error): void => {
        clearTimeout(timer)
        this.#looks = this.#looks.filter((other) => other !== look)
        if (error === undefined) resolve()
        else reject(error)
      }
      const wrong = (why: string): Error => new Error(`${what}: ${why}; it wrote:\n${this.out}${this.err}`)
      const timer = setTimeout(() => settle(wrong(`not so after ${limitMs} ms`)), limitMs)
      const look = (): void => {
        if (holds(this)) settle()
        else if (!this.isRunning) settle(wrong('the program has ended'))
      }
      this.#looks.push(look)
      look()
    })
  }

  #look(): void {
    for (const look of this.#looks) look()
  }
}
