import { describe, expect, it } from 'vitest'
import { seededRandom } from '../../src/runtime/random.ts'
import { VirtualClock } from '../../src/runtime/virtual-clock.ts'
import type { MemoryHubOptions } from '../../src/network/memory-hub-options.ts'
import { MemoryHub } from '../../src/network/memory-hub.ts'
import { createMemoryNetwork, type MemoryNetworkOptions } from '../../src/network/memory-network.ts'
import type { Network } from '../../src/network/network.ts'
import { peerIdOf, type PeerId } from '../../src/state/peer-id.ts'
import { AnswerRecorder, bytes, NetworkRecorder } from '../../src/testing/network-recorder.ts'
import { memoryNetworkSetup } from '../../src/testing/memory-network-setup.ts'
import { networkContract } from '../../src/testing/network-contract.ts'
import { contractSuite } from '../contract/suite.ts'

const peer = (number: number): PeerId =>
  peerIdOf(Uint8Array.from({ length: 32 }, (_, at) => (number >> (8 * (at % 4))) & 255))

contractSuite('the network contract: in memory', networkContract(memoryNetworkSetup))

interface World {
  readonly clock: VirtualClock
  readonly hub: MemoryHub
  readonly networks: Network[]
  readonly told: NetworkRecorder[]
  add(options?: Partial<MemoryNetworkOptions>): { readonly network: Network; readonly told: NetworkRecorder }
}

/** `count` nodes on hosts `h0`, `h1`, … that find each other by discovery and are subscribed to `a`. */
function world(count: number, options: Partial<MemoryHubOptions> = {}, seed = 1): World {
  const clock = new VirtualClock()
  const hub = new MemoryHub({ clock, random: seededRandom(seed), ...options })
  const [networks, told]: [Network[], NetworkRecorder[]] = [[], []]
  const add: World['add'] = (options = {}) => {
    const at = networks.length
    const network = createMemoryNetwork(hub, { self: peer(at + 1), host: `h${at}`, ...options })
    const recorder = new NetworkRecorder()
    void network.start(recorder)
    network.subscribe('a')
    networks.push(network)
    told.push(recorder)
    return { network, told: recorder }
  }
  for (let at = 0; at < count; at += 1) add()
  return { clock, hub, networks, told, add }
}

const isMesh = ({ told }: World): boolean => told.every(({ peers }) => peers.size === told.length - 1)

describe('MemoryHub', () => {
  it('lets nodes find each other by discovery, with one connection a pair', () => {
    const w = world(10)
    expect(w.clock.runUntil(() => isMesh(w), 3000)).toBe(true)
    w.clock.advance(60_000)
    expect(w.told.every(({ connected, disconnected }) => connected.length === 9 && disconnected.length === 0)).toBe(
      true,
    )
    expect(w.networks.reduce((sum, network) => sum + network.links().length, 0)).toBe(90)
  })

  it('loses nothing in a cut that is shorter than the detection, and delivers late', () => {
    const w = world(2)
    w.clock.advance(3000)
    w.hub.cut('h0', 'h1')
    void w.networks[0]?.publish('a', bytes('held'))
    w.clock.advance(2000)
    expect(w.told[1]?.messages).toEqual([])
    w.hub.mend('h0', 'h1')
    w.clock.advance(10)
    expect(w.told[1]?.messages.map(({ text }) => text)).toEqual(['held'])
    expect(w.told[1]?.disconnected).toEqual([])
  })

  it('breaks connections in a longer cut, loses what was sent, and connects within 2 s of its end', () => {
    for (let seed = 1; seed <= 20; seed += 1) {
      const w = world(2, { discoveryMs: Infinity }, seed)
      w.networks[0]?.remember(peer(2), w.networks[1]?.addresses() ?? [])
      w.clock.advance(3000)
      expect(isMesh(w)).toBe(true)
      w.hub.cut('h0', 'h1', seed % 2 === 0 ? {} : { oneWay: true })
      void w.networks[0]?.publish('a', bytes('lost'))
      w.clock.advance(20_000 + seed * 137)
      expect(w.told.map(({ peers }) => peers.size)).toEqual([0, 0])
      w.hub.heal()
      expect(w.clock.runUntil(() => isMesh(w), 2000)).toBe(true)
      w.clock.advance(100)
      expect(w.told[1]?.messages).toEqual([])
    }
  })

  it('never notices a cut when detection is off: the links stay half open', () => {
    const w = world(2, { detectMs: Infinity })
    w.clock.advance(3000)
    w.hub.cut('h0', 'h1')
    w.clock.advance(600_000)
    expect(isMesh(w)).toBe(true)
    const answer = new AnswerRecorder()
    w.networks[0]?.request(peer(2), bytes('?'), answer, { idleTimeoutMs: 700 })
    w.clock.advance(699)
    expect(answer.ends).toBe(0)
    w.clock.advance(1)
    expect(answer.failure?.code).toBe('peer-unreachable')
  })

  it('keeps a partition apart and only it', () => {
    const w = world(6)
    w.clock.advance(3000)
    w.hub.partition(['h0', 'h1', 'h2'])
    w.clock.advance(10_000)
    expect(w.told.map(({ peers }) => peers.size)).toEqual([2, 2, 2, 2, 2, 2])
    w.hub.heal()
    expect(w.clock.runUntil(() => isMesh(w), 2000)).toBe(true)
  })

  it('breaks connections at once in a crash, late in a loss of power, and lets the host start again', () => {
    for (const resetAfterMs of [1, Infinity]) {
      const w = world(3)
      w.clock.advance(3000)
      w.hub.crash('h1', { resetAfterMs })
      w.clock.advance(10)
      expect(w.told[0]?.peers.size).toBe(resetAfterMs === 1 ? 1 : 2)
      w.clock.advance(6000)
      expect(w.told[0]?.peers.size).toBe(1)
      expect(w.told[1]?.disconnected).toEqual([])
      const again = w.add({ self: peer(2), host: 'h1' })
      expect(w.clock.runUntil(() => again.told.peers.size === 2, 2000)).toBe(true)
    }
  })

  it('delivers to a paused host what was sent, once it runs again', () => {
    const w = world(2)
    w.clock.advance(3000)
    let ticks = 0
    w.hub.clockOf('h1').after(1000, () => (ticks += 1))
    w.hub.pause('h1')
    void w.networks[0]?.publish('a', bytes('while you slept'))
    w.clock.advance(10_000)
    expect(w.told[0]?.peers.size).toBe(0)
    expect([w.told[1]?.messages.length, w.told[1]?.peers.size, ticks]).toEqual([0, 1, 0])
    w.hub.resume('h1')
    w.clock.advance(5)
    expect([w.told[1]?.messages.length, w.told[1]?.peers.size, ticks]).toEqual([1, 0, 1])
    expect(w.clock.runUntil(() => isMesh(w), 2000)).toBe(true)
  })

  it('loses, doubles and reorders gossip in the given shares, and delivers to the node once', () => {
    const w = world(2, { shape: { gossipLoss: 0.2, gossipDuplicate: 0.3, gossipReorder: 0.3 } })
    w.clock.advance(3000)
    for (let at = 0; at < 1000; at += 1) void w.networks[0]?.publish('a', bytes(String(at)))
    w.clock.advance(1000)
    const arrived = (w.told[1]?.messages ?? []).map(({ text }) => Number(text))
    expect(new Set(arrived).size).toBe(arrived.length)
    expect(arrived.length).toBeGreaterThan(740)
    expect(arrived.length).toBeLessThan(860)
    expect(arrived.some((number, at) => number < (arrived[at - 1] ?? 0))).toBe(true)
  })

  it('gives each receiver bytes of its own', () => {
    const w = world(3)
    w.clock.advance(3000)
    const sent = bytes('mine')
    const seen: Uint8Array[] = []
    for (const told of w.told.slice(1)) {
      told.gossip = (_topic, data) => {
        seen.push(data.slice())
        data.fill(0)
        return 'accept'
      }
    }
    void w.networks[0]?.publish('a', sent)
    sent.fill(0)
    w.clock.advance(100)
    expect(seen).toEqual([bytes('mine'), bytes('mine')])
  })

  it('counts bytes and messages by path and by node', () => {
    const w = world(2, { overheadBytes: 100 })
    w.clock.advance(3000)
    const before = { ...w.hub.traffic('h0', 'h1') }
    void w.networks[0]?.publish('a', new Uint8Array(400))
    w.clock.advance(10)
    const after = w.hub.traffic('h0', 'h1')
    expect([after.bytes - before.bytes, after.messages - before.messages]).toEqual([500, 1])
    expect(w.hub.gossiped('a')).toEqual({ bytes: 500, messages: 1, parcels: 1 })
    expect(w.hub.gossiped('b').messages).toBe(0)
    expect(w.networks[1]?.counters().bytesIn).toBe(after.bytes)
    expect(w.hub.traffic().bytes).toBe(after.bytes + w.hub.traffic('h1', 'h0').bytes)
  })

  it('repeats a run exactly for a seed', () => {
    const run = (seed: number): string => {
      const w = world(6, { shape: { gossipLoss: 0.1, gossipReorder: 0.5, jitterMs: 3 } }, seed)
      w.clock.advance(2500)
      for (let at = 0; at < 50; at += 1) void w.networks[at % 6]?.publish('a', bytes(String(at)))
      w.clock.advance(1000)
      return JSON.stringify([w.told.map(({ messages }) => messages), w.hub.traffic()])
    }
    expect(run(5)).toBe(run(5))
    expect(run(5)).not.toBe(run(6))
  })

  it('reaches every one of 300 nodes, each with a bounded number of links', () => {
    const w = world(300)
    w.clock.advance(120_000)
    const links = w.networks.map((network) => network.links().length)
    expect(Math.max(...links)).toBeLessThanOrEqual(48)
    expect(Math.min(...links)).toBeGreaterThanOrEqual(9)
    for (const told of w.told) told.messages.length = 0
    void w.networks[0]?.publish('a', bytes('to all'))
    w.clock.advance(100)
    expect(w.told.slice(1).filter(({ messages }) => messages.length !== 1).length).toBe(0)
  })
})
