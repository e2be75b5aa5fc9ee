import '../../src/network/node20.ts'
import { createServer, connect, type AddressInfo, type Socket } from 'node:net'
import { gossipsub, type GossipSub } from '@chainsafe/libp2p-gossipsub'
import { noise } from '@chainsafe/libp2p-noise'
import { yamux } from '@chainsafe/libp2p-yamux'
import { identify } from '@libp2p/identify'
import type { Libp2p, Stream } from '@libp2p/interface'
import { tcp } from '@libp2p/tcp'
import { multiaddr } from '@multiformats/multiaddr'
import { decode, encode } from 'it-length-prefixed'
import { createLibp2p } from 'libp2p'
import { monotonicMs } from './monotonic.ts'
import { paced, pause } from './pace.ts'
import type { FloorAddress, FloorKind } from './protocol.ts'

const protocol = '/bench/floor/1'
const topic = 'floor'

/** A TCP message here is its length and a number, then any bytes; the two others carry the number in front. */
const headBytes = 8

interface FloorNode {
  readonly libp2p: Libp2p
  readonly pubsub: GossipSub
}

/**
 * What any such program has to pay, in the same processes and between the same pairs: raw TCP, one long-lived libp2p stream (noise, yamux,
 * length-prefixed) for each pair, and bare gossipsub without signatures. Every message goes from one to all others.
 */
export class Floors {
  readonly #inbox: [sequence: number, atMs: number][] = []
  readonly #sockets: Socket[] = []
  readonly #streams: ((bytes: Uint8Array) => void)[] = []
  #node: FloorNode | undefined
  #others = 0
  #onEcho: (() => void) | undefined

  async open(): Promise<FloorAddress> {
    const server = createServer({ noDelay: true }, (socket) => this.#serve(socket))
    await new Promise<void>((resolve) => {
      server.listen(0, '0.0.0.0', resolve)
    })
    const libp2p = await createLibp2p({
      addresses: { listen: ['/ip4/0.0.0.0/tcp/0'] },
      transports: [tcp()],
      connectionEncrypters: [noise()],
      streamMuxers: [yamux()],
      connectionManager: { inboundConnectionThreshold: 1000, maxIncomingPendingConnections: 100 },
      connectionMonitor: { enabled: false },
      services: {
        identify: identify(),
        pubsub: gossipsub({
          globalSignaturePolicy: 'StrictNoSign',
          allowPublishToZeroTopicPeers: true,
          // All nodes are on one address, for which gossipsub's default empties their meshes.
          scoreParams: { IPColocationFactorWeight: 0 },
        }),
      },
    })
    await libp2p.handle(protocol, ({ stream }) => void this.#listen(stream).catch(() => {}))
    const pubsub = libp2p.services.pubsub as GossipSub
    pubsub.addEventListener('message', ({ detail }) => this.#arrived(Buffer.from(detail.data)))
    pubsub.subscribe(topic)
    this.#node = { libp2p, pubsub }
    const address = libp2p.getMultiaddrs().find((one) => one.toString().startsWith('/ip4/127.'))
    return { tcpPort: (server.address() as AddressInfo).port, libp2p: address?.toString() ?? '' }
  }

  /** Connects to all others and resolves when gossip reaches each of them. */
  async link(others: readonly FloorAddress[]): Promise<void> {
    const { libp2p, pubsub } = this.#floor()
    this.#others = others.length
    for (const { tcpPort, libp2p: address } of others) {
      const socket = connect({ port: tcpPort, host: '127.0.0.1', noDelay: true })
      await new Promise((resolve, reject) => {
        socket.once('connect', resolve)
        socket.once('error', reject)
      })
      socket.on('data', () => this.#onEcho?.())
      socket.on('error', () => {})
      this.#sockets.push(socket)
      const stream = await libp2p.dialProtocol(multiaddr(address), protocol)
      this.#streams.push(outlet(stream))
    }
    for (let waited = 0; pubsub.getSubscribers(topic).length < others.length; waited += 20) {
      if (waited > 30_000) throw new Error('bare gossipsub has not linked all processes after 30 s')
      await pause(20)
    }
  }

  pace(kind: FloorKind, count: number, gapMs: number, bytes: number): Promise<number[]> {
    const send = this.#sender(kind)
    return paced(count, gapMs, (index) => send(numbered(index, bytes)))
  }

  seen(): readonly (readonly [number, number])[] {
    return this.#inbox.splice(0)
  }

  async pingPong(count: number, bytes: number): Promise<number[]> {
    const socket = this.#sockets[0]
    if (socket === undefined) throw new Error('there is nobody to play with')
    const times: number[] = []
    for (let index = 0; index < count; index += 1) {
      const message = numbered(index, bytes)
      // A message whose number has the top bit set is sent back.
      message.writeUInt32BE(0x8000_0000 + index, 4)
      const echoed = new Promise<void>((resolve) => {
        this.#onEcho = resolve
      })
      const startMs = monotonicMs()
      socket.write(message)
      await echoed
      times.push(monotonicMs() - startMs)
    }
    this.#onEcho = undefined
    return times
  }

  #sender(kind: FloorKind): (message: Buffer) => void | Promise<void> {
    switch (kind) {
      case 'tcp':
        return (message) => {
          for (const socket of this.#sockets) socket.write(message)
        }
      case 'stream':
        return (message) => {
          for (const write of this.#streams) write(message)
        }
      case 'gossipsub':
        return async (message) => {
          const { recipients } = await this.#floor().pubsub.publish(topic, message)
          if (recipients.length < this.#others) throw new Error('bare gossipsub did not reach all')
        }
    }
  }

  #serve(socket: Socket): void {
    let rest: Buffer = Buffer.alloc(0)
    socket.on('error', () => {})
    socket.on('data', (chunk: Buffer) => {
      rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
      while (rest.length >= headBytes && rest.length >= rest.readUInt32BE(0)) {
        const message = rest.subarray(0, rest.readUInt32BE(0))
        rest = rest.subarray(message.length)
        if (message.readUInt32BE(4) >= 0x8000_0000) socket.write(message)
        else this.#arrived(message)
      }
    })
  }

  async #listen(stream: Stream): Promise<void> {
    for await (const message of decode(stream.source)) this.#arrived(Buffer.from(message.subarray()))
  }

  #arrived(message: Buffer): void {
    this.#inbox.push([message.readUInt32BE(4), monotonicMs()])
  }

  #floor(): FloorNode {
    if (this.#node === undefined) throw new Error('the floors are not open')
    return this.#node
  }
}

/** Every message is another one, or gossipsub would drop it as known: its number is counted on over all paces. */
let sent = 0

function numbered(index: number, bytes: number): Buffer {
  const message = Buffer.alloc(Math.max(bytes, headBytes + 8))
  message.writeUInt32BE(message.length, 0)
  message.writeUInt32BE(index, 4)
  message.writeUInt32BE(process.pid, 8)
  message.writeUInt32BE((sent += 1), 12)
  return message
}

/** Writes to a stream for as long as the process lives. */
function outlet(stream: Stream): (bytes: Uint8Array) => void {
  const waiting: Uint8Array[] = []
  let wake = (): void => {}
  async function* source(): AsyncGenerator<Uint8Array> {
    for (;;) {
      const next = waiting.shift()
      if (next === undefined) {
        await new Promise<void>((resolve) => {
          wake = resolve
        })
      } else yield next
    }
  }
  void stream.sink(encode(source())).catch(() => {})
  return (bytes) => {
    waiting.push(bytes)
    wake()
  }
}
