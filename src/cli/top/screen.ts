import type { Screen } from '../terminal.ts'

/** The alternate screen, without a cursor; and back, with what was there before. */
const enter = '\u001B[?1049h\u001B[?25l'
const leave = '\u001B[?25h\u001B[?1049l'

const quitKeys: readonly string[] = ['q', 'Q', '\u001B', '\u0003']

interface RawInput {
  setRawMode?(on: boolean): unknown
}

/** A terminal that is drawn on until it is given back; it is given back also where this process fails. */
export class LiveScreen {
  readonly #screen: Screen
  readonly #input: NodeJS.ReadableStream & RawInput
  readonly #onKey: (data: Buffer | string) => void
  readonly #restore = (): void => this.close()
  #isOpen = true

  /** `onQuit`: called at `q`, Escape and Ctrl-C, which is a letter here. */
  constructor(screen: Screen, input: NodeJS.ReadableStream & RawInput, onQuit: () => void) {
    this.#screen = screen
    this.#input = input
    this.#onKey = (data) => {
      if (quitKeys.includes(data.toString())) onQuit()
    }
    input.setRawMode?.(true)
    input.on('data', this.#onKey)
    input.resume()
    screen.output.write(enter)
    // Told before the error is written, which would be lost on the alternate screen.
    process.on('uncaughtExceptionMonitor', this.#restore)
    process.on('exit', this.#restore)
  }

  draw(lines: readonly string[]): void {
    const { columns, rows } = this.#screen.size()
    const shown = lines.slice(0, rows).map((line) => `${clipped(line, columns)}\u001B[K`)
    if (this.#isOpen) this.#screen.output.write(`\u001B[H${shown.join('\r\n')}\u001B[J`)
  }

  close(): void {
    if (!this.#isOpen) return
    this.#isOpen = false
    process.off('uncaughtExceptionMonitor', this.#restore)
    process.off('exit', this.#restore)
    this.#screen.output.write(leave)
    this.#input.off('data', this.#onKey)
    this.#input.setRawMode?.(false)
    this.#input.pause()
  }
}

/** As much of a line as fits; the colours in it take no room, and end with it. */
export function clipped(line: string, columns: number): string {
  let [text, width] = ['', 0]
  // oxlint-disable-next-line no-control-regex -- Colours begin with an escape character.
  for (const [part] of line.matchAll(/\u001B\[[\d;]*m|[^\u001B]/gu)) {
    if (part.startsWith('\u001B')) text += part
    else if (width < columns) {
      text += part
      width += 1
    }
  }
  return text
}
