import { createServer, type AddressInfo, type Server } from 'node:net'
import type { Connection } from '@libp2p/interface'
import { encode } from 'it-length-prefixed'
import { pipe } from 'it-pipe'
import { afterEach, describe, expect, it } from 'vitest'
import type { Libp2pNetworkOptions } from '../../src/network/libp2p-network-options.ts'
import { dialAddress, type Libp2pNode } from '../../src/network/libp2p-node.ts'
import type { Network } from '../../src/network/network.ts'
import { ed25519 } from '../../src/runtime/signature.ts'
import { silentLog } from '../../src/runtime/log.ts'
import { peerIdOf } from '../../src/state/peer-id.ts'
import { AnswerRecorder, bytes, NetworkRecorder } from '../../src/testing/network-recorder.ts'
import { freePort } from '../support/free-port.ts'
import { liveNetwork, pause, until } from './network-support.ts'

/** A running network, what it told, and what is inside. */
interface Running {
  readonly network: Network
  readonly told: NetworkRecorder
  readonly inside: Libp2pNode
}

const running: Network[] = []
const servers: Server[] = []

async function start(options: Partial<Libp2pNetworkOptions> = {}): Promise<Running> {
  let inside: Libp2pNode | undefined
  const network = liveNetwork({ ...options, tap: (node) => (inside = node) })
  const told = new NetworkRecorder()
  network.subscribe('a')
  await network.start(told)
  running.push(network)
  if (inside === undefined) throw new Error('nothing was tapped')
  return { network, told, inside }
}

const know = (who: Running, whom: Running): void => who.network.remember(whom.network.self, whom.network.addresses())

/** Publishes until each of the others has heard something new from `from`. */
async function gossips(from: Running, to: readonly Running[], limitMs = 10_000): Promise<void> {
  const mark = `${from.network.self.slice(-6)} ${performance.now()}`
  let turn = 0
  await until(() => {
    if (turn % 10 === 0) void from.network.publish('a', bytes(`${mark} ${turn}`))
    turn += 1
    return to.every(({ told }) => told.messages.some(({ text }) => text.startsWith(mark)))
  }, limitMs)
}

async function pair(options: Partial<Libp2pNetworkOptions> = {}): Promise<readonly [Running, Running]> {
  const [a, b] = [await start(options), await start(options)]
  know(a, b)
  know(b, a)
  await until(() => a.told.peers.size === 1 && b.told.peers.size === 1)
  await Promise.all([gossips(a, [b]), gossips(b, [a])])
  return [a, b]
}

/** Accepts connections and never says a word: what a stale address may lead to. */
async function silentServer(): Promise<string> {
  const server = createServer(() => {})
  servers.push(server)
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  return `/ip4/127.0.0.1/tcp/${(server.address() as AddressInfo).port}`
}

const connectionsTo = ({ inside }: Running, whom: Running): Connection[] =>
  inside.libp2p.getConnections().filter(({ remotePeer }) => remotePeer.toString() === whom.network.self)

afterEach(async () => {
  await Promise.all(running.splice(0).map((network) => network.stop()))
  for (const server of servers.splice(0)) server.close().unref()
})

describe('many nodes behind one address', () => {
  it('delivers to all of 16', async () => {
    const all: Running[] = []
    for (let at = 0; at < 16; at += 1) all.push(await start())
    for (const [at, node] of all.entries()) for (const earlier of all.slice(0, at)) know(node, earlier)
    await until(() => all.every(({ told }) => told.peers.size === 15), 40_000)
    // Several rounds of scoring later, too.
    await pause(1500)
    for (const node of [all[0], all[8]])
      if (node !== undefined)
        await gossips(
          node,
          all.filter((other) => other !== node),
        )
  }, 60_000)

  it('lets 20 dialers in at once, and a message of each reaches the dialled', async () => {
    const hub = await start()
    const dialers = await Promise.all(Array.from({ length: 20 }, () => start({ peers: hub.network.addresses() })))
    await until(() => hub.told.peers.size === 20, 20_000)
    expect(hub.told.disconnected).toEqual([])
    expect(dialers.map(({ network }) => network.counters().dialFailures)).toEqual(Array.from({ length: 20 }, () => 0))
    await Promise.all(dialers.map((dialer) => gossips(dialer, [hub])))
  }, 60_000)
})

describe('hostile peers', () => {
  it('keeps none of 300,000 topics that a peer subscribes', async () => {
    const [victim, attacker] = await pair()
    const [connection] = connectionsTo(attacker, victim)
    const topicsOf = (): number => (Reflect.get(victim.inside.pubsub, 'topics') as Map<string, unknown>).size
    for (const [rounds, perRound] of [
      [100, 200],
      [10, 15_000],
      [1, 300_000],
    ] as const) {
      const stream = await connection?.newStream('/meshsub/1.2.0').catch(() => undefined)
      // To be cut off in the middle is as good an answer.
      if (stream === undefined) break
      const messages = Array.from({ length: rounds }, (_, round) => subscriptions(round, perRound))
      await pipe(messages, (source) => encode(source, { maxDataLength: 1e8 }), stream.sink).catch(() => {})
    }
    await pause(300)
    expect(topicsOf()).toBeLessThanOrEqual(2)
    const [friend] = [await start()]
    know(friend, victim)
    await gossips(friend, [victim])
  })

  it('hears no more of a peer whose messages it rejects, until that is some time ago', async () => {
    const [a, b] = await pair()
    b.told.verdict = (text) => (text.startsWith('bad') ? 'reject' : 'accept')
    for (let at = 0; at < 12; at += 1) void a.network.publish('a', bytes(`bad ${at}`))
    await until(() => b.inside.pubsub.score.score(a.network.self) < -80)
    // gossipsub looks at a neighbour's score once a second.
    await pause(1100)
    b.told.messages.length = 0
    void a.network.publish('a', bytes('now good'))
    await pause(200)
    expect(b.told.messages).toEqual([])
  })

  it('lets go of peers of other clusters, and leaves them alone', async () => {
    const notes: string[] = []
    const log = { ...silentLog, debug: (message: string) => void notes.push(message) }
    const stranger = await start({ protocolPrefix: '/lampfield/other' })
    const node = await start({ peers: stranger.network.addresses(), log })
    let opened = 0
    node.inside.libp2p.addEventListener('connection:open', () => (opened += 1))
    know(node, stranger)
    await until(() => notes.includes('a peer of another cluster or version'))
    await until(() => node.inside.libp2p.getConnections().length === 0)
    await pause(2500)
    expect(opened).toBeLessThanOrEqual(3)
    expect(node.told.connected).toEqual([])
    expect(stranger.told.connected).toEqual([])
  })
})

describe('gossip that silently stopped', () => {
  it('is renewed after its stream was reset', async () => {
    const [a, b] = await pair()
    const stream = a.inside.pubsub.streamsOutbound.get(b.network.self)
    ;(Reflect.get(stream ?? {}, 'rawStream') as { abort(error: Error): void }).abort(new Error('planned'))
    await until(() => a.network.counters().watchdogRenewals === 1)
    await Promise.all([gossips(a, [b]), gossips(b, [a])])
    expect(a.told.disconnected).toEqual([b.network.self])
  })

  it('is renewed after one of two connections to a peer was closed', async () => {
    const [a, b] = await pair()
    const [first] = connectionsTo(a, b)
    const signal = new AbortController().signal
    await a.inside.parts.transportManager.dial(dialAddress(b.network.addresses()[0] ?? '', b.network.self), { signal })
    await until(() => connectionsTo(b, a).length === 2)
    expect(a.told.connected.length).toBe(1)
    await first?.close()
    await until(() => a.network.counters().watchdogRenewals + b.network.counters().watchdogRenewals > 0)
    await Promise.all([gossips(a, [b]), gossips(b, [a])])
  })

  it('is renewed after a message larger than the other end takes', async () => {
    const [a, b] = await pair()
    await a.inside.pubsub.publish('a', new Uint8Array(2_000_000))
    await until(() => a.network.counters().watchdogRenewals + b.network.counters().watchdogRenewals > 0)
    await Promise.all([gossips(a, [b]), gossips(b, [a])])
  })
})

describe('a stall of the own process', () => {
  it('costs no connection, though it lasts longer than a peer may be silent', async () => {
    const [a, b] = await pair({ pingAfterMs: 500, pingTimeoutMs: 1000 })
    const endMs = performance.now() + 2500
    while (performance.now() < endMs);
    await pause(1200)
    expect([a.told.disconnected, b.told.disconnected]).toEqual([[], []])
    await gossips(a, [b])
    expect(a.network.links()[0]?.roundTripMs).toBeTypeOf('number')
  })
})

describe('dialling', () => {
  it('reaches a peer behind a stale address that stays silent', async () => {
    const stale = await silentServer()
    const [a, b] = [await start(), await start()]
    const startMs = performance.now()
    const [smaller, larger] = a.network.self < b.network.self ? [a, b] : [b, a]
    smaller.network.remember(larger.network.self, [stale, ...larger.network.addresses()])
    await until(() => a.told.peers.size === 1 && b.told.peers.size === 1)
    expect(performance.now() - startMs).toBeLessThan(2000)
  })

  it('reaches an identity again that comes back on another port', async () => {
    const keys = ed25519().generate()
    const a = await start()
    const before = await start({ keys })
    know(a, before)
    await until(() => a.told.peers.size === 1)
    const stale = before.network.addresses()
    await before.network.stop()
    await until(() => a.told.peers.size === 0)
    const after = await start({ keys })
    expect(after.network.addresses()).not.toEqual(stale)
    know(a, after)
    await until(() => a.told.peers.size === 1 && after.told.peers.size === 1)
    await Promise.all([gossips(a, [after]), gossips(after, [a])])
  })

  it('learns the peer ID behind a given address, and finds whoever comes there next', async () => {
    const first = await start()
    const [address] = first.network.addresses()
    const port = Number(address?.split('/').at(-1))
    const a = await start({ peers: [`127.0.0.1:${port}`] })
    await until(() => a.told.peers.has(first.network.self))
    await first.network.stop()
    await until(() => a.told.peers.size === 0)
    const next = await start({ listen: [`/ip4/127.0.0.1/tcp/${port}`] })
    await until(() => a.told.peers.has(next.network.self))
  })

  it('notices that a given address is its own', async () => {
    const port = await freePort()
    const a = await start({ listen: [`/ip4/127.0.0.1/tcp/${port}`], peers: [`localhost:${port}`] })
    await pause(1500)
    expect(a.told.connected).toEqual([])
    expect(a.network.counters().dials).toBe(1)
  })
})

describe('a cluster key', () => {
  const keyOf = (byte: number): Uint8Array => new Uint8Array(32).fill(byte)

  it('lets in who has it, and nobody with another one or none', async () => {
    const right = [await start({ clusterKeys: [keyOf(1)] }), await start({ clusterKeys: [keyOf(1)] })] as const
    const wrong = [await start({ clusterKeys: [keyOf(2)] }), await start()] as const
    know(right[1], right[0])
    for (const node of wrong) {
      know(node, right[0])
      know(right[0], node)
    }
    await until(() => right[0].told.peers.size === 1)
    await until(() => wrong.some(({ network }) => network.counters().dialFailures > 0))
    // Each of them has been at the door, and is counted there by what is wrong with it.
    await until(() =>
      ['foreign-key', 'no-key'].every((reason) => (right[0].network.counters().refused[reason] ?? 0) > 0),
    )
    expect([...right[0].told.peers]).toEqual([right[1].network.self])
    for (const { told } of wrong) expect(told.connected).toEqual([])
    await gossips(right[0], [right[1]])
  })
})

describe('stopping', () => {
  it('takes less than a second, with an answer under way', async () => {
    const [a, b] = await pair()
    b.told.answer = function* () {
      for (;;) yield new Uint8Array(50_000)
    }
    const answer = new AnswerRecorder()
    a.network.request(b.network.self, bytes('endless'), answer)
    await until(() => answer.frames.length > 0)
    const startMs = performance.now()
    await b.network.stop()
    expect(performance.now() - startMs).toBeLessThan(1000)
    await until(() => answer.ends === 1)
    expect(answer.failure?.code).toBe('peer-unreachable')
  })

  it('refuses to start twice, and stops what has not started', async () => {
    const a = liveNetwork()
    await a.stop()
    await expect(a.start(new NetworkRecorder())).rejects.toMatchObject({ code: 'not-running' })
  })
})

describe('identity', () => {
  it('is the peer ID of the public key', async () => {
    const keys = ed25519().generate()
    const a = await start({ keys })
    expect(a.network.self).toBe(peerIdOf(keys.publicKey))
    expect(a.inside.libp2p.peerId.toString()).toBe(a.network.self)
  })

  it('refuses topics that were not named', () => {
    expect(() => liveNetwork().subscribe('c')).toThrow(expect.objectContaining({ code: 'invalid-argument' }))
  })
})

/** A gossipsub message that subscribes topics nobody has heard of; field numbers from gossipsub's `rpc.proto`. */
function subscriptions(round: number, count: number): Uint8Array {
  const parts: Uint8Array[] = []
  for (let at = 0; at < count; at += 1) {
    const topic = bytes(`made-up-${round}-${at}`)
    parts.push(Uint8Array.of(0x0a, topic.length + 4, 0x08, 0x01, 0x12, topic.length), topic)
  }
  return Buffer.concat(parts)
}
