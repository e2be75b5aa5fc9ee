import type { Socket } from 'node:net'

interface Waiting {
  readonly resolve: (result: IteratorResult<Uint8Array, void>) => void
  readonly reject: (reason: unknown) => void
}

/**
 * What a socket brings, chunk by chunk. Node.js's own iterator hears of a chunk at the end of its turn and then goes and reads it; here whoever waits is
 * given it as it comes. What nobody waits for stays in the socket, but for one chunk, and so in the sender's own buffers.
 */
export class SocketChunks implements AsyncGenerator<Uint8Array, void, unknown> {
  readonly #socket: Socket
  readonly #heard: (bytes: number) => void
  /** What came while nobody waited. */
  readonly #early: Uint8Array[] = []
  #waiting: Waiting | undefined
  #end: { readonly error: unknown } | undefined

  /** `heard` is told how many bytes each chunk has. */
  constructor(socket: Socket, heard: (bytes: number) => void) {
    this.#socket = socket
    this.#heard = heard
    socket.on('data', (chunk: Uint8Array) => this.#take(chunk))
    socket.on('end', () => this.#finish(undefined))
    socket.on('error', (error) => this.#finish(error))
    socket.on('close', () => this.#finish(new Error('the connection closed before its end')))
    if (socket.destroyed) this.#finish(socket.errored ?? new Error('the connection is closed'))
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  next(): Promise<IteratorResult<Uint8Array, void>> {
    const value = this.#early.shift()
    if (value !== undefined) {
      if (this.#early.length === 0) this.#socket.resume()
      return Promise.resolve({ done: false, value })
    }
    if (this.#end === undefined) return new Promise((resolve, reject) => (this.#waiting = { resolve, reject }))
    return this.#end.error === undefined ? this.return() : Promise.reject(this.#end.error)
  }

  /** Nobody reads on: there is no use for the socket any more. */
  return(): Promise<IteratorResult<Uint8Array, void>> {
    this.#socket.destroy()
    return Promise.resolve({ done: true, value: undefined })
  }

  async throw(error: unknown): Promise<IteratorResult<Uint8Array, void>> {
    await this.return()
    throw error
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return()
  }

  #take(chunk: Uint8Array): void {
    this.#heard(chunk.byteLength)
    const waiting = this.#waiting
    if (waiting === undefined) {
      this.#early.push(chunk)
      this.#socket.pause()
      return
    }
    this.#waiting = undefined
    waiting.resolve({ done: false, value: chunk })
  }

  #finish(error: unknown): void {
    if (this.#end !== undefined) return
    this.#end = { error }
    const waiting = this.#waiting
    if (waiting === undefined) return
    this.#waiting = undefined
    if (error !== undefined) return waiting.reject(error)
    this.#socket.destroy()
    waiting.resolve({ done: true, value: undefined })
  }
}
