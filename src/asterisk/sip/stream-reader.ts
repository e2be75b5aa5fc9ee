import { sipLimits } from './limits.ts'

/** What a stream gave: whole messages, and why it cannot be read any further. */
export interface StreamReading {
  readonly messages: readonly Uint8Array[]
  readonly broken: string | undefined
}

/**
 * Cuts a stream into messages by Content-Length (RFC 3261, section 18.3). Where the cut cannot be found the stream is of no further
 * use. Between messages, line ends are skipped: they are keep-alives (RFC 5626, section 4.4.1).
 */
export class StreamReader {
  #waiting: Buffer = Buffer.alloc(0)
  #keepAlives = 0

  /** Pairs of line ends that were met: each wants one back. */
  takeKeepAlives(): number {
    const met = this.#keepAlives
    this.#keepAlives = 0
    return met
  }

  take(data: Uint8Array): StreamReading {
    this.#waiting = this.#waiting.length === 0 ? Buffer.from(data) : Buffer.concat([this.#waiting, data])
    const messages: Uint8Array[] = []
    for (;;) {
      this.#skipLineEnds()
      const end = this.#waiting.indexOf('\r\n\r\n')
      if (end < 0) {
        const tooLong = this.#waiting.length > sipLimits.messageMaxBytes
        return { messages, broken: tooLong ? 'message-too-large' : undefined }
      }
      const length = contentLength(this.#waiting.subarray(0, end).toString('latin1'))
      if (length === undefined) return { messages, broken: 'content-length-unreadable' }
      const size = end + 4 + length
      if (size > sipLimits.messageMaxBytes) return { messages, broken: 'message-too-large' }
      if (this.#waiting.length < size) return { messages, broken: undefined }
      messages.push(this.#waiting.subarray(0, size))
      this.#waiting = this.#waiting.subarray(size)
    }
  }

  #skipLineEnds(): void {
    let at = 0
    while (this.#waiting[at] === 13 || this.#waiting[at] === 10) at += 1
    if (at === 0) return
    if (at >= 4) this.#keepAlives += 1
    this.#waiting = this.#waiting.subarray(at)
  }
}

/** The one Content-Length of a message's head; undefined where there is none, or two, or no number. */
function contentLength(head: string): number | undefined {
  const found = [...head.matchAll(/\r\n(?:content-length|l)[ \t]*:[ \t]*([^\r\n]*)/gi)]
  const text = found[0]?.[1]?.trim() ?? ''
  return found.length === 1 && /^\d{1,6}$/.test(text) ? Number(text) : undefined
}
