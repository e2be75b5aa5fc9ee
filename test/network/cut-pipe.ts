import type { MultiaddrConnection } from '@libp2p/interface'
import { multiaddr } from '@multiformats/multiaddr'

/** A channel of bytes: what one end sinks the other has as its source. */
class Pipe {
  readonly #chunks: (Uint8Array | undefined)[] = []
  #wake: () => void = () => {}

  put(chunk: Uint8Array | undefined): void {
    this.#chunks.push(chunk)
    this.#wake()
  }

  async *source(): AsyncGenerator<Uint8Array> {
    for (;;) {
      while (this.#chunks.length === 0) {
        await new Promise<void>((resolve) => {
          this.#wake = resolve
        })
      }
      const chunk = this.#chunks.shift()
      if (chunk === undefined) return
      yield chunk
    }
  }
}

/** Both ends of a connection; chunks are cut into pieces of at most `pieceMax` bytes on their way. */
export function ends(pieceMax = 7): readonly [MultiaddrConnection, MultiaddrConnection] {
  const [there, back] = [new Pipe(), new Pipe()]
  const end = (incoming: Pipe, outgoing: Pipe): MultiaddrConnection =>
    ({
      timeline: { open: 0 },
      remoteAddr: multiaddr('/ip4/192.0.2.7/tcp/4001'),
      source: incoming.source(),
      sink: async (chunks: AsyncIterable<Uint8Array>) => {
        for await (const chunk of chunks) {
          for (let at = 0; at < chunk.length; at += pieceMax) outgoing.put(chunk.subarray().slice(at, at + pieceMax))
        }
        outgoing.put(undefined)
      },
    }) as unknown as MultiaddrConnection
  return [end(back, there), end(there, back)]
}
