import { spawn, type ChildProcess } from 'node:child_process'
import { join } from 'node:path'

const root = join(import.meta.dirname, '..', '..', '..')

export interface BenchEnded {
  readonly code: number | null
  readonly out: string
}

/** `npm run bench`, without npm between the test and the process. Its temporary files go into `temporary`. */
export class BenchRun {
  readonly ended: Promise<BenchEnded>
  readonly #child: ChildProcess

  constructor(args: readonly string[], temporary: string) {
    const nodeFlags = ['--expose-gc', '--import', 'tsx']
    const child = spawn(process.execPath, [...nodeFlags, join(root, 'bench', 'run.ts'), ...args], {
      cwd: root,
      env: { ...process.env, TMPDIR: temporary },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    this.#child = child
    let out = ''
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => (out += text))
    this.ended = new Promise((resolve) => {
      child.once('close', (code) => resolve({ code, out }))
    })
  }

  get pid(): number {
    return this.#child.pid ?? 0
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name)
  }
}
