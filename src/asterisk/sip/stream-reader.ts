import { sipLimits } from './limits.ts'

/** What a stream gave: whole messages, and why it cannot be read any further. */
export interface StreamReading {
  readonly messages: readonly Uint8Array[]
  readonly broken: string | undefined
}

/**
 * Cuts a stream into messages by Content-Length (RFC 3261, section 18.3). Where the cut cannot be found the stream is of no further
 * use. Between messages, line ends are skipped: they are keep-alives (RFC 5626, section 4.4.1). However small the pieces are in which it comes,
 * each byte is copied and looked at a few times at most.
 */
export class StreamReader {
  /** What came and was not read yet stands from `start` to `end`; behind it there may be room. */
  #bytes: Buffer = Buffer.alloc(0)
  #start = 0
  #end = 0
  /** Up to here no head ends. */
  #searched = 0
  /** Of the message that begins at `start`, once its head is whole. */
  #size: number | undefined
  #keepAlives = 0

  /** Pairs of line ends that were met: each wants one back. */
  takeKeepAlives(): number {
    const met = this.#keepAlives
    this.#keepAlives = 0
    return met
  }

  take(data: Uint8Array): StreamReading {
    this.#append(data)
    const messages: Uint8Array[] = []
    for (;;) {
      this.#skipLineEnds()
      const broken = this.#size === undefined ? this.#readHead() : undefined
      if (this.#size === undefined || this.#end - this.#start < this.#size) return { messages, broken }
      const next = this.#start + this.#size
      messages.push(this.#bytes.subarray(this.#start, next))
      this.#start = next
      this.#searched = next
      this.#size = undefined
    }
  }

  #append(data: Uint8Array): void {
    const waiting = this.#bytes.subarray(this.#start, this.#end)
    if (this.#end + data.length > this.#bytes.length) {
      // Room for as much again: so what waits is moved seldom.
      this.#bytes = Buffer.alloc(waiting.length === 0 ? data.length : 2 * (waiting.length + data.length))
      this.#bytes.set(waiting)
      this.#searched -= this.#start
      this.#start = 0
      this.#end = waiting.length
    }
    this.#bytes.set(data, this.#end)
    this.#end += data.length
  }

  /** Finds out how long the message is that begins here, if its head is whole; or why that cannot be known. */
  #readHead(): string | undefined {
    const end = this.#bytes.subarray(0, this.#end).indexOf(headEnd, this.#searched)
    if (end < 0) {
      this.#searched = Math.max(this.#start, this.#end - headEnd.length + 1)
      return this.#end - this.#start > sipLimits.messageMaxBytes ? 'message-too-large' : undefined
    }
    const length = contentLength(this.#bytes.subarray(this.#start, end).toString('latin1'))
    if (length === undefined) return 'content-length-unreadable'
    const size = end + headEnd.length - this.#start + length
    if (size > sipLimits.messageMaxBytes) return 'message-too-large'
    this.#size = size
    return undefined
  }

  #skipLineEnds(): void {
    const before = this.#start
    while (this.#start < this.#end && isLineEnd(this.#bytes[this.#start])) this.#start += 1
    if (this.#start - before >= 4) this.#keepAlives += 1
    this.#searched = Math.max(this.#searched, this.#start)
  }
}

const headEnd = '\r\n\r\n'

const isLineEnd = (byte: number | undefined): boolean => byte === 13 || byte === 10

/** The one Content-Length of a message's head; undefined where there is none, or two, or no number. */
function contentLength(head: string): number | undefined {
  const found = [...head.matchAll(/\r\n(?:content-length|l)[ \t]*:[ \t]*([^\r\n]*)/gi)]
  const text = found[0]?.[1]?.trim() ?? ''
  return found.length === 1 && /^\d{1,6}$/.test(text) ? Number(text) : undefined
}
