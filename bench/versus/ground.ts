import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Lan } from '../../test/support/namespaces.ts'
import { atExit } from '../fleet/cleanup.ts'
import { WorkerProcess } from '../fleet/worker-process.ts'
import type { Settings } from './worker/adapter.ts'
import type { ParticipantOperations } from './worker/operations.ts'

/** Hosts 1 to 3 have a participant each, host 4 has what all of them share. */
export const participantCount = 3
export const hubHost: number = participantCount + 1

/** A worker that runs an adapter. */
export type Participating = WorkerProcess<ParticipantOperations>

/** Four hosts for one product, namespaces on a switch. Everything that was started on it ends with it, whatever ends this process. */
export class Ground {
  readonly lan: Lan
  readonly directory: string
  readonly #processes: { readonly host: number; readonly pid: number; readonly kill: () => void }[] = []
  readonly #ended: Promise<unknown>[] = []
  readonly #clean: () => void

  constructor() {
    this.directory = mkdtempSync(join(tmpdir(), 'lampfield-versus-'))
    this.lan = new Lan(hubHost)
    this.#clean = atExit(() => {
      this.#killAll()
      this.lan.close()
      rmSync(this.directory, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 })
    })
  }

  address(host: number): string {
    return this.lan.host(host).address
  }

  get everybody(): string[] {
    return Array.from({ length: participantCount }, (_, at) => this.address(at + 1))
  }

  /** A directory of a host's own. */
  directoryOf(host: number): string {
    const path = join(this.directory, `host${host}`)
    mkdirSync(path, { recursive: true })
    return path
  }

  /** Starts a program that runs as long as the ground is there. What it prints is kept nowhere. */
  daemon(
    host: number,
    program: string,
    args: readonly string[],
    environment: Readonly<Record<string, string>> = {},
  ): void {
    const [line, all] = this.lan.host(host).commandLine(program, args)
    const child: ChildProcess = spawn(line, all, {
      cwd: this.directoryOf(host),
      env: { ...process.env, ...environment },
      stdio: 'ignore',
      // A group of its own, so that what it starts ends with it.
      detached: true,
    })
    // Its absence is told by those who want to talk to it.
    child.on('error', () => {})
    const pid = child.pid ?? 0
    const kill = (): void => {
      if (pid !== 0 && child.exitCode === null && child.signalCode === null) killed(-pid)
    }
    this.#ended.push(
      new Promise((resolve) => {
        child.once('close', resolve)
        if (pid === 0) resolve(undefined)
      }),
    )
    this.#processes.push({ host, pid, kill })
  }

  /** A process that runs an adapter. */
  worker(host: number): Participating {
    const worker: Participating = new WorkerProcess<ParticipantOperations>(`host${host}`, {
      host: this.lan.host(host),
      main: 'versus/worker',
    })
    this.#ended.push(worker.ended)
    this.#processes.push({ host, pid: worker.pid, kill: () => worker.signal('SIGKILL') })
    return worker
  }

  /** A worker at the hub's host that serves all; what it tells of itself. */
  async hub(adapter: string, settings: Settings): Promise<Settings> {
    const address = this.address(hubHost)
    const directory = this.directoryOf(hubHost)
    const place = { name: 'hub', number: hubHost, address, everybody: this.everybody, directory, settings }
    return { ...settings, address, ...(await this.worker(hubHost).ask('start', { adapter, place })) }
  }

  /** kill -9 of everything on a host, children of children included. */
  kill(host: number): void {
    for (const pid of this.#pids(host)) killed(pid)
  }

  /** Resident memory in bytes of the workers of participants, and of everything else. */
  memory(): { participants: number; daemons: number } {
    const workers = new Set(this.#processes.slice(-participantCount).map(({ pid }) => pid))
    const found = { participants: 0, daemons: 0 }
    for (let host = 1; host <= hubHost; host += 1) {
      for (const pid of this.#pids(host)) found[workers.has(pid) ? 'participants' : 'daemons'] += residentBytes(pid)
    }
    return found
  }

  /** Bytes that the cards of all hosts have sent. */
  bytes(): number {
    const counted = this.lan.hosts.map(({ namespace }) => {
      const args = ['-n', namespace, '-json', '-statistics', 'link', 'show', 'dev', 'eth0']
      const [link] = JSON.parse(spawnSync('ip', args, { encoding: 'utf8' }).stdout) as readonly {
        readonly stats64: { readonly tx: { readonly bytes: number } }
      }[]
      return link?.stats64.tx.bytes ?? Number.NaN
    })
    return counted.reduce((sum, bytes) => sum + bytes, 0)
  }

  async close(): Promise<void> {
    this.#killAll()
    await Promise.all(this.#ended)
    this.#clean()
  }

  #killAll(): void {
    for (let host = 1; host <= hubHost; host += 1) this.kill(host)
    for (const { kill } of this.#processes) kill()
  }

  #pids(host: number): number[] {
    const { stdout } = spawnSync('ip', ['netns', 'pids', this.lan.host(host).namespace], { encoding: 'utf8' })
    return stdout.split('\n').flatMap((line) => (line === '' ? [] : [Number(line)]))
  }
}

/** Negative for a whole group. */
function killed(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It has ended by itself meanwhile.
  }
}

function residentBytes(pid: number): number {
  try {
    return Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) * 1024
  } catch {
    return 0
  }
}
