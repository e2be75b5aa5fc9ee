import { Socket } from 'node:net'
import type { ConnectionProtector, MultiaddrConnection } from '@libp2p/interface'
import { SocketChunks } from './socket-chunks.ts'

/**
 * Counts what every socket takes and gives, handshakes and encryption included. It sits where libp2p lets a connection be protected: the only
 * place from which the raw socket is seen.
 */
export class ByteCounter {
  bytesIn = 0
  bytesOut = 0
  /** By the connection's timeline, the one object that its raw and its finished form share. */
  readonly #received = new WeakMap<object, { bytesIn: number }>()

  /** `inner` protects the connection, if there is a cluster key. */
  protector(inner: ConnectionProtector | undefined): ConnectionProtector {
    return {
      protect: (connection, options) => {
        const received = { bytesIn: 0 }
        this.#received.set(connection.timeline, received)
        const countIn = (bytes: number): void => {
          this.bytesIn += bytes
          received.bytesIn += bytes
        }
        const countOut = (bytes: number): void => {
          this.bytesOut += bytes
        }
        const counted = {
          ...connection,
          source: chunksOf(connection.source, countIn),
          sink: (source: Parameters<typeof connection.sink>[0]) => connection.sink(counting(source, countOut)),
        }
        return inner === undefined ? Promise.resolve(counted) : inner.protect(counted, options)
      },
    }
  }

  /** Bytes received so far over one connection. */
  receivedOver(connection: { readonly timeline: object }): number {
    return this.#received.get(connection.timeline)?.bytesIn ?? 0
  }
}

function chunksOf(source: MultiaddrConnection['source'], heard: (bytes: number) => void): typeof source {
  const socket: unknown = source
  return socket instanceof Socket ? new SocketChunks(socket, heard) : counting(source, heard)
}

async function* counting<Chunk extends { readonly byteLength: number }>(
  source: AsyncIterable<Chunk> | Iterable<Chunk>,
  add: (bytes: number) => void,
): AsyncGenerator<Chunk, void, unknown> {
  for await (const chunk of source) {
    add(chunk.byteLength)
    yield chunk
  }
}
