import { describe, expect, it } from 'vitest'
import type { DialAction, KeeperAction } from '../../src/network/keeper-action.ts'
import { Keeper, type KeeperOptions } from '../../src/network/keeper.ts'
import { seededRandom } from '../../src/runtime/random.ts'
import { peerIdOf, type PeerId } from '../../src/state/peer-id.ts'

const peers: readonly PeerId[] = Array.from({ length: 300 }, (_, number) =>
  peerIdOf(Uint8Array.from({ length: 32 }, (_, at) => (number >> (8 * (at % 4))) & 255)),
).sort()

/** The peer with the given rank: a smaller number is a smaller peer ID. */
const peer = (rank: number): PeerId => peers[rank] ?? ('' as PeerId)
const self = peer(100)
const [smaller, larger] = [peer(1), peer(200)]
const at = (number: number): string => `/ip4/10.0.${number >> 8}.${number & 255}/tcp/4001`

const keeper = (options: Partial<KeeperOptions> = {}): Keeper =>
  new Keeper({ self, random: seededRandom(1), ...options })
const dials = (actions: readonly KeeperAction[]): DialAction[] => actions.filter((action) => action.kind === 'dial')

/** Asks as the loop does until `endMs`; each dial ends after `lastsMs` as `ends` says. Returns when whom was dialled. */
function play(
  kept: Keeper,
  fromMs: number,
  endMs: number,
  ends: (dial: DialAction, now: number) => 'reached' | 'failed',
  lastsMs = 1500,
): { readonly now: number; readonly dial: DialAction }[] {
  const started: { readonly now: number; readonly dial: DialAction }[] = []
  const under: { readonly endMs: number; readonly dial: DialAction }[] = []
  for (let now = fromMs; now <= endMs;) {
    for (const { endMs: over, dial } of under.splice(0)) {
      if (over > now) under.push({ endMs: over, dial })
      else if (ends(dial, now) === 'failed') kept.dialEnded(dial, { failed: dial.addresses }, now)
      else {
        const reached = { peer: dial.peer ?? peer(250), address: dial.addresses[0] ?? '' }
        kept.connected(reached.peer, now)
        kept.dialEnded(dial, { reached, failed: [] }, now)
      }
    }
    for (const dial of dials(kept.act(now))) {
      started.push({ now, dial })
      under.push({ endMs: now + lastsMs, dial })
    }
    now = Math.max(now + 1, Math.min(kept.wakeAtMs(now), ...under.map(({ endMs: over }) => over)))
  }
  for (const { dial } of under) kept.dialEnded(dial, { failed: [] }, endMs)
  return started
}

describe('who dials', () => {
  it('is the smaller peer ID at once, and the larger after a second', () => {
    const kept = keeper()
    kept.discovered(larger, [at(1)], 1000)
    kept.discovered(smaller, [at(2)], 1000)
    expect(dials(kept.act(1000)).map((dial) => dial.peer)).toEqual([larger])
    expect(kept.wakeAtMs(1000)).toBeGreaterThanOrEqual(2000)
    expect(kept.wakeAtMs(1000)).toBeLessThanOrEqual(2200)
    expect(dials(kept.act(2200)).map((dial) => dial.peer)).toEqual([smaller])
  })

  it('is nobody once the other has come by itself', () => {
    const kept = keeper()
    kept.discovered(smaller, [at(2)], 0)
    kept.connected(smaller, 500)
    expect(kept.act(5000)).toEqual([])
    expect(kept.wakeAtMs(5000)).toBe(Infinity)
  })

  it('is the same after a loss', () => {
    const kept = keeper()
    for (const [each, address] of [
      [smaller, at(1)],
      [larger, at(2)],
    ] as const) {
      kept.remember(each, [address], 0)
      kept.connected(each, 0)
      kept.disconnected(each, 60_000)
    }
    expect(dials(kept.act(60_000)).map((dial) => dial.peer)).toEqual([larger])
    expect(dials(kept.act(61_200)).map((dial) => dial.peer)).toEqual([smaller])
  })

  it('never dials itself, by name or by address', () => {
    const kept = keeper({ staticPeers: [{ address: at(9), peer: undefined }] })
    kept.ownAddresses([at(9), at(10)])
    kept.discovered(self, [at(1)], 0)
    kept.remember(larger, [at(10)], 0)
    expect(play(kept, 0, 20_000, () => 'failed')).toEqual([])
    expect(kept.knownCount).toBe(1)
  })
})

describe('dialling again', () => {
  it('goes on for ever, each time within 2 s while the peer was heard of within the hour, then within 6 s', () => {
    const kept = keeper()
    kept.remember(larger, [at(1)], 0)
    kept.connected(larger, 0)
    kept.disconnected(larger, 10_000)
    const started = play(kept, 10_000, 8_000_000, () => 'failed').map(({ now }) => now)
    const gaps = started.slice(1).map((now, before) => now - (started[before] ?? 0))
    const isRecent = (_: number, index: number): boolean => (started[index] ?? 0) < 3_500_000
    expect(Math.max(...gaps.filter(isRecent))).toBeLessThanOrEqual(2000)
    expect(Math.max(...gaps)).toBeLessThanOrEqual(6000)
    expect(started.at(-1)).toBeGreaterThan(7_990_000)
    expect(new Set(gaps.map(Math.round)).size).toBeGreaterThan(50)
  })

  it('asks several times at once while the peer was here a moment ago, and counts that as one failure of an address', () => {
    const kept = keeper()
    kept.remember(larger, [at(1), at(2)], 0)
    expect(dials(kept.act(0)).map(({ addresses }) => addresses)).toEqual([[at(1), at(2)]])
    kept.connected(larger, 10)
    kept.disconnected(larger, 10_000)
    const rounds = play(kept, 10_000, 120_000, () => 'failed').map(({ now, dial }) => [now, dial.addresses] as const)
    for (const [now, addresses] of rounds) {
      expect(addresses.length).toBe(now <= 70_000 ? 4 : 2)
      expect(new Set(addresses)).toEqual(new Set([at(1), at(2)]))
    }
    // Never linked, never insisted on.
    kept.remember(smaller, [at(3)], 120_000)
    const stranger = play(kept, 120_000, 130_000, () => 'failed').filter(({ dial }) => dial.peer === smaller)
    expect(stranger.length).toBeGreaterThan(1)
    for (const { dial } of stranger) expect(dial.addresses).toEqual([at(3)])
  })

  it('begins at once when the peer is heard, and no more than once a second', () => {
    const kept = keeper()
    kept.remember(larger, [at(1)], 0)
    play(kept, 0, 4_000_000, () => 'failed', 10)
    const now = 4_001_500
    kept.discovered(larger, [at(1)], now)
    const started = play(kept, now, now + 900, () => 'failed', 10)
    expect(started.length).toBeLessThanOrEqual(1)
    expect(kept.wakeAtMs(now + 900)).toBeLessThanOrEqual(now + 2000)
  })

  it('slows down for a peer that takes each call and hangs up', () => {
    const kept = keeper()
    kept.remember(larger, [at(1)], 0)
    let count = 0
    for (let now = 0; now < 60_000; now = Math.max(now + 10, Math.min(60_000, kept.wakeAtMs(now)))) {
      for (const dial of dials(kept.act(now))) {
        count += 1
        kept.connected(larger, now)
        kept.dialEnded(dial, { reached: { peer: larger, address: at(1) }, failed: [] }, now)
        kept.disconnected(larger, now + 5)
      }
    }
    expect(count).toBeGreaterThan(5)
    expect(count).toBeLessThan(25)
  })

  it('has a bounded number of dials under way, and lets each of many dead peers have its turn', () => {
    const kept = keeper({ settings: { dialsMax: 4 } })
    for (let rank = 101; rank < 131; rank += 1) kept.remember(peer(rank), [at(rank)], 0)
    expect(dials(kept.act(0)).length).toBe(4)
    expect(dials(kept.act(1)).length).toBe(0)
    const fresh = keeper({ settings: { dialsMax: 4 } })
    for (let rank = 101; rank < 131; rank += 1) fresh.remember(peer(rank), [at(rank)], 0)
    const started = play(fresh, 0, 60_000, () => 'failed')
    const turns = new Map<PeerId | undefined, number>()
    for (const { dial } of started) turns.set(dial.peer, (turns.get(dial.peer) ?? 0) + 1)
    expect(turns.size).toBe(30)
    expect(Math.min(...turns.values())).toBeGreaterThanOrEqual(4)
  })

  it('tries a newly found peer before those that failed', () => {
    const kept = keeper({ settings: { dialsMax: 1 } })
    for (let rank = 101; rank < 111; rank += 1) kept.remember(peer(rank), [at(rank)], 0)
    play(kept, 0, 20_000, () => 'failed')
    const [running] = dials(kept.act(22_000))
    kept.discovered(larger, [at(1)], 22_100)
    if (running !== undefined) kept.dialEnded(running, { failed: running.addresses }, 22_200)
    expect(dials(kept.act(22_200)).map((dial) => dial.peer)).toEqual([larger])
  })

  it('does not try a forgotten peer, and tries it again when it is named again', () => {
    const kept = keeper()
    kept.remember(larger, [at(1)], 0)
    kept.forget(larger)
    expect(play(kept, 0, 10_000, () => 'failed')).toEqual([])
    kept.remember(larger, [at(1)], 10_000)
    expect(dials(kept.act(10_000)).length).toBe(1)
  })

  it('does not dial a forgotten peer that is still linked when it is named again', () => {
    const kept = keeper()
    kept.remember(larger, [at(1)], 0)
    kept.connected(larger, 0)
    kept.forget(larger)
    kept.remember(larger, [at(1)], 10)
    expect(play(kept, 10, 10_000, () => 'failed')).toEqual([])
    kept.disconnected(larger, 20_000)
    expect(dials(kept.act(20_000)).length).toBe(1)
  })
})

describe('peers of another cluster', () => {
  it('are left alone for ten minutes, then asked again', () => {
    const kept = keeper()
    kept.remember(larger, [at(1)], 0)
    const [dial] = dials(kept.act(0))
    kept.connected(larger, 10)
    if (dial !== undefined) kept.dialEnded(dial, { reached: { peer: larger, address: at(1) }, failed: [] }, 10)
    kept.foreign(larger, 20)
    kept.disconnected(larger, 30)
    kept.discovered(larger, [at(1)], 1000)
    const started = play(kept, 1000, 700_000, () => 'failed').map(({ now }) => now)
    expect(started[0]).toBeGreaterThanOrEqual(600_000)
    expect(started[0]).toBeLessThan(601_000)
  })
})

describe('addresses the user gave', () => {
  it('are asked for whoever answers, until somebody does; then the peer is dialled by name', () => {
    const kept = keeper({ staticPeers: [{ address: at(1), peer: undefined }] })
    const started = play(kept, 0, 30_000, (_, now) => (now > 20_000 ? 'reached' : 'failed'))
    expect(started.every(({ dial }) => dial.peer === undefined && dial.addresses[0] === at(1))).toBe(true)
    expect(started.length).toBeGreaterThan(4)
    expect(kept.linkCount).toBe(1)
    kept.disconnected(peer(250), 40_000)
    expect(dials(kept.act(40_000))).toEqual([{ kind: 'dial', peer: peer(250), addresses: Array(4).fill(at(1)) }])
  })

  it('are asked for whoever answers again, when the peer that was there does not', () => {
    const kept = keeper({ staticPeers: [{ address: at(1), peer: undefined }] })
    play(kept, 0, 2000, () => 'reached', 10)
    kept.disconnected(peer(250), 10_000)
    const started = play(kept, 10_000, 60_000, () => 'failed', 10)
    expect(started.some(({ dial }) => dial.peer === undefined)).toBe(true)
    expect(started.some(({ dial }) => dial.peer === peer(250))).toBe(true)
    // Never both at a time.
    const open = new Set<PeerId | undefined>()
    for (const { dial } of started) open.add(dial.peer)
    expect(open.size).toBe(2)
  })

  it('that lead to this node itself are not asked again', () => {
    const kept = keeper({ staticPeers: [{ address: at(1), peer: undefined }] })
    const [dial] = dials(kept.act(0))
    if (dial !== undefined) kept.dialEnded(dial, { reached: { peer: self, address: at(1) }, failed: [] }, 5)
    expect(play(kept, 10, 60_000, () => 'failed')).toEqual([])
    expect(kept.knownCount).toBe(0)
  })

  it('are never forgotten, nor are peers given by name', () => {
    const kept = keeper({
      staticPeers: [
        { address: at(1), peer: undefined },
        { address: at(2), peer: larger },
      ],
    })
    play(kept, 0, 2000, () => 'reached', 10)
    for (const gone of [peer(250), larger]) {
      kept.disconnected(gone, 10_000)
      kept.forget(gone)
    }
    const started = play(kept, 10_000, 60_000, () => 'failed', 10)
    expect(new Set(started.map(({ dial }) => dial.addresses[0]))).toEqual(new Set([at(1), at(2)]))
  })
})

describe('peers that the user names anew', () => {
  it('are looked for, those named before no more, and who is connected stays so', () => {
    const kept = keeper({
      staticPeers: [
        { address: at(1), peer: undefined },
        { address: at(2), peer: undefined },
        { address: at(3), peer: smaller },
        { address: at(4), peer: larger },
      ],
    })
    play(kept, 0, 2000, ({ peer: dialled }) => (dialled === larger ? 'reached' : 'failed'), 10)
    kept.seek([
      { address: at(2), peer: undefined },
      { address: at(5), peer: undefined },
    ])
    expect(kept.linkCount).toBe(1)
    const asked = play(kept, 2000, 60_000, () => 'failed', 10)
    expect(new Set(asked.map(({ dial }) => dial.addresses[0]))).toEqual(new Set([at(2), at(5)]))
    kept.disconnected(larger, 60_000)
    kept.forget(larger)
    expect(kept.knownCount).toBe(0)
  })

  it('lose nothing of what is under way', () => {
    const kept = keeper({ staticPeers: [{ address: at(1), peer: undefined }] })
    expect(dials(kept.act(0))).toHaveLength(1)
    kept.seek([{ address: at(1), peer: undefined }])
    expect(dials(kept.act(10_000))).toEqual([])
  })
})

describe('a cluster too large for a full mesh', () => {
  /** Knows everybody; `alive` says who answers. */
  const large = (alive: (rank: number) => boolean): Keeper => {
    const kept = keeper()
    for (let rank = 0; rank < 300; rank += 1) if (rank !== 100) kept.remember(peer(rank), [at(rank)], 0)
    play(kept, 0, 20_000, ({ peer: dialled }) => (alive(peers.indexOf(dialled ?? self)) ? 'reached' : 'failed'), 20)
    return kept
  }

  it('wishes a dozen neighbours, the same ones at every look', () => {
    const first = large(() => true)
    expect(first.linkCount).toBeGreaterThanOrEqual(10)
    expect(first.linkCount).toBeLessThanOrEqual(12)
    expect(play(first, 20_000, 60_000, () => 'reached')).toEqual([])
  })

  it('finds living neighbours where most are dead, and still asks for the dead ones', () => {
    const kept = large((rank) => rank % 3 === 0)
    expect(kept.linkCount).toBeGreaterThanOrEqual(10)
    expect(kept.linkCount).toBeLessThanOrEqual(24)
    const asked = new Set(play(kept, 20_000, 40_000, () => 'failed').map(({ dial }) => dial.peer))
    expect(asked.size).toBeGreaterThan(3)
    expect(asked.size).toBeLessThan(32)
  })

  it('asks every real peer, however many names without an address there are', () => {
    const kept = keeper()
    for (let rank = 0; rank < 20; rank += 1) kept.remember(peer(200 + rank), [at(rank)], 0)
    for (let rank = 0; rank < 90; rank += 1) kept.remember(peer(rank), [], 0)
    expect(new Set(dials(kept.act(0)).map((dial) => dial.peer))).toEqual(
      new Set(Array.from({ length: 20 }, (_, rank) => peer(200 + rank))),
    )
    // One of them is found after all.
    kept.remember(peer(7), [at(300)], 10_000)
    expect(dials(kept.act(10_300)).map((dial) => dial.peer)).toContain(peer(7))
  })

  it('closes links beyond the bound only where neither end wishes them, late, one by one, and never the same one twice', () => {
    const kept = large(() => true)
    for (let rank = 0; rank < 300; rank += 1) kept.connected(peer(rank), 30_000)
    expect(kept.linkCount).toBe(300)
    expect(kept.act(80_000).filter(({ kind }) => kind === 'hang-up')).toEqual([])
    const closed: PeerId[] = []
    for (let now = 100_000; now < 700_000; now = Math.max(now + 10, Math.min(700_000, kept.wakeAtMs(now)))) {
      const hangUps = kept.act(now).filter((action) => action.kind === 'hang-up')
      expect(hangUps.length).toBeLessThanOrEqual(1)
      for (const { peer: who } of hangUps) {
        if (who === undefined) continue
        closed.push(who)
        kept.disconnected(who, now)
        // Every tenth wishes the link, and comes back.
        if (closed.length % 10 === 0) kept.connected(who, now + 5)
      }
    }
    expect(new Set(closed).size).toBe(closed.length)
    // One may just have come back.
    expect(kept.linkCount).toBeLessThanOrEqual(49)
    expect(kept.linkCount).toBeGreaterThanOrEqual(11)
    expect(kept.act(800_000).filter(({ kind }) => kind === 'dial')).toEqual([])
  })
})

describe('bounds', () => {
  it('knows a bounded number of peers, and made-up ones do not push out those it was connected to', () => {
    const kept = keeper({ settings: { peersMax: 50 } })
    for (let rank = 0; rank < 20; rank += 1) {
      kept.remember(peer(rank), [at(rank)], 0)
      kept.connected(peer(rank), 0)
      if (rank % 2 === 0) kept.disconnected(peer(rank), 10)
    }
    for (let flood = 0; flood < 10_000; flood += 1) {
      const made = peerIdOf(Uint8Array.from({ length: 32 }, (_, at) => (flood >> (4 * (at % 8))) & 255))
      kept.discovered(made, [at(flood)], 100 + flood)
    }
    expect(kept.knownCount).toBeLessThanOrEqual(50)
    for (let rank = 0; rank < 20; rank += 2) kept.connected(peer(rank), 20_000)
    expect(kept.linkCount).toBe(20)
    expect(kept.knownCount).toBeLessThanOrEqual(50)
  })

  it('dials a bounded number of addresses in a round', () => {
    const kept = keeper()
    kept.remember(
      larger,
      Array.from({ length: 100 }, (_, number) => at(number + 1)),
      0,
    )
    expect(dials(kept.act(0))[0]?.addresses.length).toBe(8)
  })
})
