import { dirname, join } from 'node:path'
import { pathToFileURL, fileURLToPath } from 'node:url'
import { generateKeyPairFromSeed } from '@libp2p/crypto/keys'
import type { Connection, MultiaddrConnection, PrivateKey, Stream } from '@libp2p/interface'
import { multiaddr } from '@multiformats/multiaddr'
import { encode } from 'it-length-prefixed'
import { CipherStream } from '../../src/network/cipher-stream.ts'
import { Exchange } from '../../src/network/exchange.ts'
import { PrivateNetwork } from '../../src/network/private-network.ts'
import { decodeMessage } from '../../src/protocol/decode.ts'
import { encodeMessage } from '../../src/protocol/encode.ts'
import { limits } from '../../src/protocol/limits.ts'
import type { Message } from '../../src/protocol/messages.ts'
import { systemClock } from '../../src/runtime/clock.ts'
import { silentLog } from '../../src/runtime/log.ts'
import { VirtualClock } from '../../src/runtime/virtual-clock.ts'
import { peerIdOf } from '../../src/state/peer-id.ts'
import { NetworkRecorder } from '../../src/testing/network-recorder.ts'
import type { Decoder } from './decoders.ts'

const clusterKey = new Uint8Array(32).fill(7)
const greeting = Buffer.from('\x13/multistream/1.0.0\n')

/** Bytes as they come over a link: in two pieces, then an end. */
async function* inTwo(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  const half = bytes.length >> 1
  yield bytes.subarray(0, half)
  yield bytes.subarray(half)
}

async function drain(source: AsyncIterable<unknown>): Promise<void> {
  for await (const chunk of source) void chunk
}

/** What comes before anything is encrypted for a member: a nonce, and a greeting in the cluster's key. */
function doorDecoder(name: string, isInbound: boolean): Decoder {
  const clock = new VirtualClock()
  const door = new PrivateNetwork({ keys: [clusterKey], clock, isInbound: () => isInbound, turnedAway: () => {} })
  const nonce = Uint8Array.from({ length: 24 }, (_, at) => at)
  const sealed = (text: Uint8Array): Uint8Array => new CipherStream(clusterKey, nonce).update(text)
  return {
    name,
    samples: [Buffer.alloc(0), Buffer.from('more of it'), Buffer.alloc(3000)].map((rest) =>
      Uint8Array.from([...nonce, ...sealed(Buffer.concat([greeting, rest]))]),
    ),
    async take(bytes) {
      const connection = {
        timeline: { open: 0 },
        remoteAddr: multiaddr('/ip4/192.0.2.7/tcp/4001'),
        source: inTwo(bytes),
        sink: drain,
      } as unknown as MultiaddrConnection
      try {
        const opened = await door.protect(connection)
        await drain(opened.source as AsyncIterable<unknown>)
        return true
      } catch {
        // libp2p closes the connection.
        return false
      }
    },
  }
}

interface NoiseParts {
  createHandshakePayload(key: PrivateKey, staticKey: Uint8Array, extensions: object): Promise<Uint8Array>
  decodeHandshakePayload(bytes: Uint8Array, staticKey: Uint8Array): Promise<object>
}

/** What a member shows of itself inside the handshake: its key, a signature, and the mark of its process. */
async function noiseDecoder(): Promise<Decoder> {
  const inside = join(dirname(fileURLToPath(import.meta.resolve('@chainsafe/libp2p-noise'))), 'utils.js')
  const { createHandshakePayload, decodeHandshakePayload } = (await import(pathToFileURL(inside).href)) as NoiseParts
  const staticKey = new Uint8Array(32).fill(9)
  const key = await generateKeyPairFromSeed('Ed25519', new Uint8Array(32).fill(3))
  const marked = (...marks: Uint8Array[]): Promise<Uint8Array> => {
    return createHandshakePayload(key, staticKey, { webtransportCerthashes: marks, streamMuxers: ['/yamux/1.0.0'] })
  }
  return {
    name: 'noise-payload',
    samples: await Promise.all([marked(), marked(new Uint8Array(16)), marked(new Uint8Array(16), new Uint8Array(99))]),
    async take(bytes) {
      try {
        await decodeHandshakePayload(bytes, staticKey)
        return true
      } catch (error) {
        // The handshake ends with it.
        if ((error as Error).name === 'UnexpectedPeerError') return false
        throw error
      }
    },
  }
}

const peer = peerIdOf(new Uint8Array(32).fill(1))

/** What is said on a stream, and what is heard on it. */
function streamOf(bytes: Uint8Array): { readonly stream: Stream; readonly isAborted: () => boolean } {
  let isAborted = false
  const stream = { source: inTwo(bytes), sink: drain, abort: () => void (isAborted = true) }
  return { stream: stream as unknown as Stream, isAborted: () => isAborted }
}

function exchange(asked: (frame: Uint8Array) => void): Exchange {
  const told = new NetworkRecorder()
  const request = (_peer: string, frame: Uint8Array): Uint8Array[] => {
    asked(frame)
    return [Uint8Array.of(1)]
  }
  return new Exchange({
    clock: systemClock,
    log: silentLog,
    limits: { ...limits, streamsPerPeerMax: 1 },
    protocol: '/exchange/1',
    handlers: () => Object.assign(told, { request }),
  })
}

const blocks = (...frames: readonly Uint8Array[]): Uint8Array =>
  Buffer.concat([...encode(frames)].map((chunk) => chunk.subarray()))

/** The stream that somebody asks on. Only one place is there for questions: one that is kept shows at the next. */
function questionDecoder(messages: readonly Message[]): Decoder {
  let isTaken = false
  const served = exchange((frame) => (isTaken = decodeMessage(frame).ok))
  return {
    name: 'question',
    samples: messages.map((message) => blocks(encodeMessage(message))),
    async take(bytes) {
      isTaken = false
      const { stream, isAborted } = streamOf(bytes)
      await served.serve(peer, stream)
      return isTaken && !isAborted()
    },
  }
}

/** The stream that an answer comes on. */
function answerDecoder(messages: readonly Message[]): Decoder {
  const asker = exchange(() => {})
  const frame = (message: Message): Uint8Array => Uint8Array.from([0, ...encodeMessage(message)])
  return {
    name: 'answer',
    samples: messages.map((message) => blocks(frame(message), frame(message), Uint8Array.of(1))),
    take: (bytes) =>
      new Promise((resolve) => {
        const { stream } = streamOf(bytes)
        const connection: Pick<Connection, 'newStream'> = { newStream: async () => stream }
        let isReadable = true
        const answer = {
          frame: (taken: Uint8Array): void => void (isReadable &&= decodeMessage(taken).ok),
          end: (failure: unknown): void => resolve(failure === undefined && isReadable),
        }
        asker.request(connection, Uint8Array.of(1), answer, 5000)
      }),
  }
}

/** What comes over a link before and around messages: at the door, in the handshake, on the streams of an exchange. */
export async function linkDecoders(messages: readonly Message[]): Promise<Decoder[]> {
  return [
    doorDecoder('door', true),
    doorDecoder('door-dialled', false),
    await noiseDecoder(),
    questionDecoder(messages),
    answerDecoder(messages),
  ]
}
