/** How much of a suite is done, 0 to 1, when so much of one of its parts is. */
export type InParts = (part: number, done?: number) => number

/** Parts that follow one another; a part of twice the weight takes about twice the time. */
export function inParts(weights: readonly number[]): InParts {
  const whole = weights.reduce((sum, weight) => sum + weight, 0)
  return (part, done = 0) => {
    const before = weights.slice(0, part).reduce((sum, weight) => sum + weight, 0)
    return (before + (weights[part] ?? 0) * done) / whole
  }
}

/** In a file or a pipe a line now and then shows that it goes on; more would be noise. */
const quietMs = 60_000

/** One line that tells what is done and how long the rest of the suite will take. */
export class Progress {
  readonly #name: string
  readonly #startMs = performance.now()
  #saidMs = this.#startMs

  constructor(name: string) {
    this.#name = name
  }

  /** `done` is 0 to 1. Awaits a turn of the event loop, so that Ctrl-C is heard in the longest computation. */
  async show(done: number, next = ''): Promise<void> {
    this.#write(`${this.#name}: ${Math.round(done * 100)} %${this.#rest(done)}${next === '' ? '' : `, ${next}`}`)
    await new Promise((resolve) => {
      setImmediate(resolve)
    })
  }

  end(): void {
    if (process.stderr.isTTY) process.stderr.write('\r\u001B[K')
  }

  /** The rest takes as long as what is done took, in proportion; too early to tell before a twentieth. */
  #rest(done: number): string {
    const elapsedMs = performance.now() - this.#startMs
    return done < 0.05 || done >= 1 ? '' : `, ${durationText((elapsedMs * (1 - done)) / done)} to go`
  }

  #write(line: string): void {
    if (process.stderr.isTTY) process.stderr.write(`\r${line}\u001B[K`)
    else if (performance.now() - this.#saidMs >= quietMs) {
      this.#saidMs = performance.now()
      process.stderr.write(`  ${line}\n`)
    }
  }
}

export function durationText(ms: number): string {
  const seconds = Math.round(ms / 1000)
  return seconds < 100 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`
}
