/**
 * A member with the right key that floods, as a process of its own: options as JSON in the first argument, what happens as JSON lines on standard
 * output. It ends when nobody is linked with it any more.
 */
import { setTimeout as pause } from 'node:timers/promises'
import type { Connection } from '@libp2p/interface'
import type { Libp2pNode } from '../../src/network/libp2p-node.ts'
import { muxerOf } from '../../src/network/libp2p-node.ts'
import { decodeMessage } from '../../src/protocol/decode.ts'
import { encodeMessage } from '../../src/protocol/encode.ts'
import { limits } from '../../src/protocol/limits.ts'
import type { Stand } from '../../src/protocol/messages.ts'
import type { EntityId } from '../../src/state/entity-id.ts'
import { Insider } from './insider.ts'

export interface FlooderOptions {
  readonly attack: Flood
  readonly cluster: string
  readonly clusterKey: string
  readonly peers: readonly string[]
}

export type Flood = keyof typeof floods

interface Place {
  readonly insider: Insider
  readonly node: Libp2pNode
  readonly connections: readonly Connection[]
}

/** The multiplexer's parts that a node of good faith leaves alone. */
interface Muxer {
  readonly source: { push(bytes: Uint8Array): void }
  handlePingResponse: (id: number) => void
}

const muxersOf = ({ connections }: Place): Muxer[] => connections.map((connection) => muxerOf(connection) as Muxer)

/** A frame's head and nothing else: data of so many bytes for a stream that is not there. */
function frameHead(bytes: number): Uint8Array {
  const head = new Uint8Array(12)
  const view = new DataView(head.buffer)
  view.setUint32(4, 99_999)
  view.setUint32(8, bytes)
  return head
}

const ping = { type: 2, flagOfQuestion: 1 } as const

/** A question that the multiplexer answers by itself. */
function pingFrame(): Uint8Array {
  const head = new Uint8Array(12)
  const view = new DataView(head.buffer)
  view.setUint8(1, ping.type)
  view.setUint16(2, ping.flagOfQuestion)
  return head
}

function pushPings(place: Place, count: number): void {
  for (const muxer of muxersOf(place)) {
    // The answers, which it did not wait for, would break its own connection.
    muxer.handlePingResponse = () => {}
    for (let times = 0; times < count; times += 1) muxer.source.push(pingFrame())
  }
}

/** Puts bytes on the stream that each neighbour reads its gossip from. */
function envelopes({ node }: Place, bytes: Uint8Array): void {
  for (const stream of node.pubsub.streamsOutbound.values()) {
    // A stream that was closed meanwhile takes nothing.
    try {
      stream.pushPrefixed(bytes as never)
    } catch {}
  }
}

function openStreams({ connections, insider }: Place, count: number, said: Uint8Array): void {
  const protocol = `${insider.topics.protocolPrefix}/exchange/1`
  for (const connection of connections) {
    for (let times = 0; times < count; times += 1) {
      connection
        .newStream(protocol, { maxOutboundStreams: Infinity })
        .then((stream) => stream.sink(onceAndThenSilence(said)))
        .catch(() => {})
    }
  }
}

async function* onceAndThenSilence(said: Uint8Array): AsyncGenerator<Uint8Array> {
  yield said
  await new Promise<never>(() => {})
}

/** It comes back at once. */
function leaveAfter({ connections }: Place, ms: number): void {
  setTimeout(() => {
    for (const connection of connections) connection.abort(new Error('and another one'))
  }, ms)
}

/** Where the others' documents stand, by their latest heartbeats, but for what is in them. */
function standsHeard({ announced }: Insider): Stand[] {
  return [...announced.values()].flatMap(({ entity, life, stands }) =>
    stands.map(({ channel, shard, epoch, clock }) => {
      const document = { entity, channel, shard }
      return { document, version: { ...life, epoch, clock }, mark: new Uint8Array(8) }
    }),
  )
}

function vectorOf(stands: readonly Stand[], count: number): Uint8Array {
  const times = stands.length === 0 ? 0 : Math.max(1, Math.floor(count / stands.length))
  const all = Array.from({ length: times }, () => stands).flat()
  return encodeMessage({ kind: 'vector', channels: ['device_state', 'mwi'], stands: all })
}

function isComparison(frame: Uint8Array): boolean {
  const message = decodeMessage(frame)
  return message.ok && message.value.kind === 'compare'
}

function* madeUpVectors(): Generator<Uint8Array> {
  for (let number = 0; ; number += 1) {
    const entityOf = (at: number): EntityId => {
      return `02:${Buffer.from([number >> 16, number >> 8, number, at >> 8, at])
        .toString('hex')
        .match(/../g)
        ?.join(':')}` as EntityId
    }
    const version = { incarnation: 1, nonce: 1, epoch: 1, clock: 1 }
    const stands = Array.from({ length: limits.standsPerFrameMax }, (_, at): Stand => {
      return { document: { entity: entityOf(at), channel: 'device_state', shard: 0 }, version, mark: new Uint8Array(8) }
    })
    yield encodeMessage({ kind: 'vector', channels: ['device_state', `c${number}`], stands })
  }
}

/** What each does at one beat, and how long it rests after that, in milliseconds. */
const floods = {
  /** A length of 256 MB. */
  'a giant envelope': (place: Place): number => {
    envelopes(place, Uint8Array.of(0xff, 0xff, 0xff, 0x7f))
    return 200
  },
  /** Four gigabytes for a stream that is not there. */
  'giant frames': (place: Place): number => {
    for (const muxer of muxersOf(place)) muxer.source.push(frameHead(4_000_000_000))
    return 200
  },
  /** Streams without a question. */
  streams: (place: Place): number => {
    openStreams(place, 40, new Uint8Array(0))
    return 10
  },
  /** Few streams, on each half a question: within every budget of number, and never done. */
  'half questions': (place: Place): number => {
    openStreams(place, 10, Uint8Array.of(200, 1, 1))
    return 5500
  },
  /** Its own, signed and new, 2000 a second. */
  heartbeats: ({ insider }: Place): number => {
    for (let times = 0; times < 20; times += 1) insider.gossip(insider.heartbeat({}))
    return 10
  },
  /** 3000 a second: fewer than there are messages in a storm, and each is one byte. */
  'empty envelopes': (place: Place): number => {
    envelopes(place, new Uint8Array(30))
    return 10
  },
  /** As many with something in them that nobody can read. */
  'unreadable envelopes': (place: Place): number => {
    for (let times = 0; times < 30; times += 1) envelopes(place, Uint8Array.of(4, 255, 255, 255, 255))
    return 10
  },
  /** 3000 a second, 12 bytes each. */
  pings: (place: Place): number => {
    pushPings(place, 30)
    return 10
  },
  /** On each connection fewer than are allowed at once, and then another connection. */
  'pings on ever new connections': (place: Place): number => {
    pushPings(place, 800)
    leaveAfter(place, 50)
    return 100
  },
  /** Of all copies that the others hold, twice a second: the same version, and other contents. */
  'lies of equal copies': ({ insider }: Place): number => {
    insider.askAll(vectorOf(standsHeard(insider), 1))
    return 500
  },
  /** The same 2048 times in each of 50 questions a second. */
  'giant lies': ({ insider }: Place): number => {
    insider.askAll(vectorOf(standsHeard(insider), limits.standsPerFrameMax))
    return 20
  },
  /** A later version than there is, for which they ask the owner. */
  'lies of newer copies': ({ insider }: Place): number => {
    const newer = standsHeard(insider).map((stand): Stand => {
      return { ...stand, version: { ...stand.version, clock: stand.version.clock + 1000 } }
    })
    insider.askAll(vectorOf(newer, 1))
    return 500
  },
  /** A comparison, as on each new connection, is answered with a vector without end, of documents that nobody has. */
  'a vector without end': (place: Place): number => {
    place.insider.answer = (frame) => (isComparison(frame) ? madeUpVectors() : [])
    leaveAfter(place, 1500)
    return 2000
  },
} as const

const tell = (event: object): void => void process.stdout.write(`${JSON.stringify(event)}\n`)

async function main(options: FlooderOptions): Promise<void> {
  const { attack, cluster, clusterKey, peers } = options
  let node: Libp2pNode | undefined
  const insider = new Insider(
    cluster,
    [new Uint8Array(Buffer.from(clusterKey, 'hex'))],
    peers,
    '/ip4/127.0.0.1/tcp/0',
    undefined,
    (tapped) => (node = tapped),
  )
  await insider.start()
  while (insider.network.links().length < peers.length) await pause(10)
  insider.gossip(insider.heartbeat({}))
  await pause(500)
  tell({ event: 'linked', peer: insider.network.self })
  const startMs = performance.now()
  // Where an attack breaks the connection it comes again, until nobody lets it in.
  for (let lostMs = 0; lostMs < 5000;) {
    const connections = node?.libp2p.getConnections() ?? []
    const restMs = node === undefined || connections.length === 0 ? 20 : floods[attack]({ insider, node, connections })
    await pause(restMs)
    lostMs = connections.length === 0 ? lostMs + restMs : 0
  }
  tell({ event: 'cut-off', afterMs: performance.now() - startMs - 5000 })
  await insider.network.stop()
}

await main(JSON.parse(process.argv[2] ?? '') as FlooderOptions)
