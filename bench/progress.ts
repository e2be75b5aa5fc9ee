/**
 * One line that tells what is done and how long the rest of the suite will take, on a terminal only: in a file or a pipe it would be noise.
 */
export class Progress {
  readonly #name: string
  readonly #startMs = performance.now()

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
    this.#write('')
  }

  /** The rest takes as long as what is done took, in proportion; too early to tell before a twentieth. */
  #rest(done: number): string {
    const elapsedMs = performance.now() - this.#startMs
    return done < 0.05 || done >= 1 ? '' : `, ${durationText((elapsedMs * (1 - done)) / done)} to go`
  }

  #write(line: string): void {
    if (process.stderr.isTTY) process.stderr.write(`\r${line}\u001B[K`)
  }
}

export function durationText(ms: number): string {
  const seconds = Math.round(ms / 1000)
  return seconds < 100 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`
}
