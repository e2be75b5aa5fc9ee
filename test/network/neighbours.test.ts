import { describe, expect, it } from 'vitest'
import { hashOf, neighboursOf, pairHash, type RingPlace } from '../../src/network/neighbours.ts'
import { peerIdOf } from '../../src/state/peer-id.ts'

const place = (number: number): RingPlace => {
  const peer = peerIdOf(Uint8Array.from({ length: 32 }, (_, at) => (number >> (8 * (at % 4))) & 255))
  return { peer, hash: hashOf(peer) }
}

/** Everybody's wishes, as links by number. */
function graphOf(places: readonly RingPlace[], chosenMax: number): Set<number>[] {
  const numbers = new Map(places.map((each, at) => [each, at]))
  const links = places.map(() => new Set<number>())
  for (const [at, self] of places.entries()) {
    for (const wished of neighboursOf(
      self,
      places.filter((other) => other !== self),
      chosenMax,
    )) {
      const other = numbers.get(wished) ?? -1
      links[at]?.add(other)
      links[other]?.add(at)
    }
  }
  return links
}

function reached(links: readonly Set<number>[]): { readonly count: number; readonly hops: number } {
  const hops = new Map([[0, 0]])
  for (const [at, far] of hops) for (const next of links[at] ?? []) if (!hops.has(next)) hops.set(next, far + 1)
  return { count: hops.size, hops: Math.max(...hops.values()) }
}

describe('pairHash', () => {
  it('is the same from both ends', () => {
    for (let turn = 0; turn < 100; turn += 1) {
      const [a, b] = [place(turn).hash, place(turn + 1000).hash]
      expect(pairHash(a, b)).toBe(pairHash(b, a))
    }
  })
})

describe('neighboursOf', () => {
  it('makes a ring of successors and predecessors, whatever else is chosen', () => {
    for (const size of [2, 3, 10, 100]) {
      const links = graphOf(
        Array.from({ length: size }, (_, at) => place(at)),
        0,
      )
      expect(reached(links).count).toBe(size)
      expect(links.every((each) => each.size === Math.min(2, size - 1))).toBe(true)
    }
  })

  it('connects 1,000 nodes by short paths, each with a bounded number of links', () => {
    const links = graphOf(
      Array.from({ length: 1000 }, (_, at) => place(at)),
      10,
    )
    const { count, hops } = reached(links)
    const degrees = links.map(({ size }) => size).sort((a, b) => a - b)
    expect(count).toBe(1000)
    expect(hops).toBeLessThanOrEqual(5)
    expect(degrees[0]).toBeGreaterThanOrEqual(10)
    expect(degrees[999]).toBeLessThanOrEqual(40)
    expect(degrees[500]).toBeLessThanOrEqual(20)
  })

  it('stays connected when any tenth of the nodes is gone', () => {
    const links = graphOf(
      Array.from({ length: 200 }, (_, at) => place(at)),
      10,
    )
    for (let gone = 1; gone < 10; gone += 1) {
      const rest = links.map((each, at) =>
        at % 10 === gone ? new Set<number>() : new Set([...each].filter((other) => other % 10 !== gone)),
      )
      expect(reached(rest).count).toBe(180)
    }
  })

  it('changes few links of others when a node comes', () => {
    const before = graphOf(
      Array.from({ length: 200 }, (_, at) => place(at)),
      10,
    )
    const after = graphOf(
      Array.from({ length: 201 }, (_, at) => place(at)),
      10,
    )
    const lost = before.reduce(
      (sum, each, at) => sum + [...each].filter((other) => after[at]?.has(other) !== true).length,
      0,
    )
    expect(lost / 2).toBeLessThan(16)
  })

  it('wishes nobody where there is nobody', () => {
    expect(neighboursOf(place(1), [], 10).size).toBe(0)
  })
})
