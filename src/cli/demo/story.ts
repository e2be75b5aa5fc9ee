import { pause, type Clock } from '../../runtime/clock.ts'
import { paint, type Terminal } from '../terminal.ts'

/** Something that was to be seen was not, and waiting longer would not help. */
export class NotSeen extends Error {
  constructor(what: string) {
    super(what)
    this.name = 'NotSeen'
  }
}

/** Between two looks. */
const lookMs = 20

/** Tells what happens and looks whether it is so. */
export class Story {
  readonly #terminal: Terminal
  readonly #clock: Clock
  readonly #signal: AbortSignal
  #chapters = 0
  #seen = 0

  constructor(terminal: Terminal, clock: Clock, signal: AbortSignal) {
    this.#terminal = terminal
    this.#clock = clock
    this.#signal = signal
  }

  /** How many things were seen to be true. */
  get seen(): number {
    return this.#seen
  }

  chapter(title: string): void {
    this.#chapters += 1
    this.#terminal.out('')
    this.#terminal.out(paint(this.#terminal, 'bold', `${this.#chapters}. ${title}`))
  }

  say(text: string): void {
    this.#terminal.out(`   ${text}`)
  }

  /**
   * Looks until `holds` gives true, and tells how long it took; after `limitMs` without it, the story ends. `sinceMs` is the time
   * at which the clock began to run for it.
   */
  async see(what: string, limitMs: number, holds: () => Promise<boolean>, sinceMs: number = this.now()): Promise<void> {
    let lastError: unknown
    for (;;) {
      this.#signal.throwIfAborted()
      const isTrue = await holds().catch((error: unknown) => {
        if (error instanceof NotSeen) throw error
        lastError = error
        return false
      })
      const tookMs = this.now() - sinceMs
      if (isTrue) {
        this.#ok(what, tookMs)
        return
      }
      if (tookMs > limitMs) {
        const reason = lastError instanceof Error ? ` (${lastError.message})` : ''
        this.#terminal.out(
          `   ${paint(this.#terminal, 'red', 'FAILED')} ${what}: not so after ${tookText(tookMs)}${reason}`,
        )
        throw new NotSeen(what)
      }
      await this.pause(lookMs)
    }
  }

  now(): number {
    return this.#clock.now()
  }

  pause(ms: number): Promise<void> {
    return pause(this.#clock, ms)
  }

  #ok(what: string, tookMs: number): void {
    this.#seen += 1
    this.#terminal.out(
      `   ${paint(this.#terminal, 'green', 'ok')}  ${what} ${paint(this.#terminal, 'dim', `(${tookText(tookMs)})`)}`,
    )
  }
}

const tookText = (ms: number): string => (ms < 1000 ? `${ms.toFixed(0)} ms` : `${(ms / 1000).toFixed(1)} s`)
