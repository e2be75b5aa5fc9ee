import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { defaultMembershipConfig, detectionBoundMs } from '../../src/membership/config.ts'
import { entity } from '../state/entities.ts'
import { checkProperty } from '../state/property.ts'
import { heartbeat, life, Observer, other, peer } from './observer.ts'

/** Entities 2 to 1 + count with keys of the same number. */
const others = (count: number): number[] => Array.from({ length: count }, (_, at) => at + 2)

function meet(observer: Observer, numbers: readonly number[]): void {
  for (const number of numbers) {
    observer.tell({ kind: 'connected', peer: peer(number) })
    observer.tell(heartbeat({ entity: entity(number), key: number }))
  }
}

describe('silence', () => {
  it('makes suspect after three missed heartbeats, and down a second later', () => {
    const observer = new Observer()
    meet(observer, [2])
    observer.run(2999)
    expect(observer.status()).toBe('alive')
    observer.run(201)
    expect(observer.status()).toBe('suspect')
    expect(observer.ofKind('accuse')).toEqual([{ kind: 'accuse', entity: other, life: life(10), sequence: 1 }])
    observer.run(1000)
    expect(observer.status()).toBe('down')
    expect(observer.ofKind('accuse')).toHaveLength(1)
  })

  it('is measured by the period that the member announced, within bounds', () => {
    const observer = new Observer()
    observer.tell(heartbeat({ heartbeatMs: 5000 }))
    observer.tell(heartbeat({ entity: entity(3), key: 3, heartbeatMs: 1e9 }))
    observer.run(15_200)
    expect(observer.status()).toBe('suspect')
    expect(observer.status(entity(3))).toBe('alive')
    observer.run(15_000)
    expect(observer.status(entity(3))).toBe('suspect')
  })

  it('does not end with words that were heard before', () => {
    const observer = new Observer()
    observer.tell(heartbeat({ sequence: 5 }))
    for (let sequence = 1; sequence <= 5; sequence += 1) {
      observer.run(1000)
      observer.tell(heartbeat({ sequence }))
    }
    expect(observer.status()).toBe('down')
  })

  it('falls on members that were never linked directly too', () => {
    const observer = new Observer()
    observer.tell(heartbeat())
    observer.run(4400)
    expect(observer.status()).toBe('down')
    observer.tell(heartbeat({ sequence: 2 }))
    expect(observer.status()).toBe('alive')
    expect(observer.view.counters).toMatchObject({ deaths: 1, returns: 1 })
  })
})

describe('a closed link', () => {
  it('makes suspect at once, and down 600 ms later', () => {
    const observer = new Observer()
    meet(observer, [2])
    observer.tell({ kind: 'disconnected', peer: peer(2) })
    expect(observer.status()).toBe('suspect')
    observer.run(599)
    expect(observer.status()).toBe('suspect')
    observer.run(201)
    expect(observer.status()).toBe('down')
  })

  it('is contradicted by two newer words from anywhere, without a link', () => {
    const observer = new Observer()
    meet(observer, [2])
    observer.tell({ kind: 'disconnected', peer: peer(2) })
    observer.run(400)
    observer.tell(heartbeat({ sequence: 2 }))
    expect(observer.status()).toBe('suspect')
    observer.run(400)
    observer.tell(heartbeat({ sequence: 3 }))
    expect(observer.status()).toBe('alive')
    expect(observer.member()?.connected).toBe(false)
    observer.run(2800)
    expect(observer.status()).toBe('alive')
  })

  it('is not contradicted by one word that was on its way when its sender died: it is accused again, and down in time', () => {
    const observer = new Observer()
    meet(observer, [2])
    observer.tell({ kind: 'disconnected', peer: peer(2) })
    const effects = observer.tell(heartbeat({ sequence: 2 }))
    expect(effects).toContainEqual(expect.objectContaining({ kind: 'accuse', sequence: 2 }))
    observer.run(800)
    expect(observer.status()).toBe('down')
  })

  it('of others makes suspect where there is no own link, unless a newer word was heard', () => {
    const accused = { kind: 'accused', entity: entity(2), life: life(10), sequence: 1, by: entity(3) } as const
    const unlinked = new Observer()
    unlinked.tell(heartbeat({ sequence: 1 }))
    const effects = unlinked.tell(accused)
    expect(unlinked.status()).toBe('suspect')
    expect(effects.some(({ kind }) => kind === 'accuse')).toBe(false)
    unlinked.run(1200)
    expect(unlinked.status()).toBe('down')
    const newer = new Observer()
    newer.tell(heartbeat({ sequence: 2 }))
    newer.tell(accused)
    expect(newer.status()).toBe('alive')
    const linked = new Observer()
    meet(linked, [2])
    linked.tell(accused)
    expect(linked.status()).toBe('alive')
  })

  it('that opens again gives as much time as silence would, and no more however often it flaps', () => {
    const observer = new Observer()
    meet(observer, [2])
    const heardMs = observer.now
    observer.tell({ kind: 'disconnected', peer: peer(2) })
    observer.tell({ kind: 'connected', peer: peer(2) })
    expect(observer.status()).toBe('suspect')
    expect(observer.member()?.suspicionDeadlineMs).toBe(heardMs + 4000)
    for (let flap = 0; flap < 20; flap += 1) {
      observer.run(250)
      observer.tell({ kind: flap % 2 === 0 ? 'disconnected' : 'connected', peer: peer(2) })
    }
    expect(observer.status()).toBe('down')
  })

  it('shortens the suspicion of a silent member', () => {
    const observer = new Observer()
    meet(observer, [2])
    observer.run(3000)
    expect(observer.status()).toBe('suspect')
    observer.tell({ kind: 'disconnected', peer: peer(2) })
    observer.run(800)
    expect(observer.status()).toBe('down')
  })
})

describe('a stall of the observer (invariant 9)', () => {
  it('moves deadlines, raises awareness, and awareness sinks again', () => {
    const observer = new Observer()
    meet(observer, [2])
    observer.run(10_000)
    observer.tell(heartbeat({ sequence: 2 }))
    observer.stall(2200)
    observer.tell({ kind: 'tick' })
    expect(observer.view.counters).toMatchObject({ stalls: 1, stalledMs: 2100 })
    expect(observer.view.awareness).toBe(3)
    expect(observer.member()?.lastHeardMs).toBe(observer.now - 100)
    observer.run(2000)
    expect(observer.view.awareness).toBe(1)
    observer.run(2000)
    expect(observer.view.awareness).toBe(0)
  })

  it('that is short is no reason to doubt the end of a link for long', () => {
    const observer = new Observer()
    meet(observer, [2])
    observer.run(10_000)
    observer.tell(heartbeat({ sequence: 2 }))
    for (let turn = 0; turn < 8; turn += 1) {
      observer.stall(600)
      observer.tell({ kind: 'tick' })
    }
    expect(observer.view.awareness).toBeGreaterThan(4)
    observer.tell({ kind: 'disconnected', peer: peer(2) })
    expect(observer.member()?.suspicionDeadlineMs).toBe(observer.now + 1200)
  })

  it('while the node starts, if short, tells nothing of later ones', () => {
    const observer = new Observer()
    meet(observer, [2])
    observer.stall(2000)
    observer.tell({ kind: 'disconnected', peer: peer(2) })
    expect(observer.member()?.suspicionDeadlineMs).toBe(observer.now + 600)
  })

  it('is noticed once, by whatever event comes first', () => {
    const observer = new Observer()
    meet(observer, [2, 3, 4])
    observer.stall(10_000)
    for (const number of [2, 3, 4]) observer.tell({ kind: 'disconnected', peer: peer(number) })
    observer.tell({ kind: 'tick' })
    expect(observer.view.counters).toMatchObject({ stalls: 1, stalledMs: 9900 })
  })

  it('gives a suspect its whole time again', () => {
    const observer = new Observer()
    meet(observer, [2])
    observer.tell({ kind: 'disconnected', peer: peer(2) })
    observer.run(500)
    observer.stall(10_000)
    observer.tell({ kind: 'tick' })
    expect(observer.member()?.suspicionDeadlineMs).toBe(observer.now + 9000)
  })

  it('too short to be one still hears first what lies in the sockets', () => {
    const observer = new Observer()
    meet(observer, [2])
    observer.tell({ kind: 'disconnected', peer: peer(2) })
    observer.run(400)
    observer.stall(350)
    observer.tell({ kind: 'tick' })
    expect(observer.status()).toBe('suspect')
    observer.tell(heartbeat({ sequence: 2 }))
    observer.tell(heartbeat({ sequence: 3 }))
    observer.run(400)
    expect(observer.status()).toBe('alive')
  })

  it('of every tick does not save the dead', () => {
    const observer = new Observer()
    meet(observer, [2])
    for (let turn = 0; turn < 30; turn += 1) {
      observer.stall(200 + 150)
      observer.tell({ kind: 'tick' })
    }
    expect(observer.status()).toBe('down')
  })

  it('declares no healthy member down, in whatever order it learns that its links were closed', () => {
    const stall = fc.record({
      stallMs: fc.oneof(fc.integer({ min: 410, max: 6000 }), fc.integer({ min: 6000, max: 90_000 })),
      afterMs: fc.integer({ min: 0, max: 1500 }),
      count: fc.integer({ min: 1, max: 12 }),
      reconnectMs: fc.infiniteStream(fc.integer({ min: 0, max: 4000 })),
      order: fc.infiniteStream(fc.nat(1000)),
      closes: fc.infiniteStream(fc.boolean()),
    })
    checkProperty(
      fc.property(stall, ({ stallMs, afterMs, count, reconnectMs, order, closes }) => {
        const observer = new Observer()
        const numbers = others(count)
        meet(observer, numbers)
        observer.run(afterMs)
        observer.stall(stallMs)
        // The others take 3.6 s at least to give the observer up and close their links.
        const closed = new Set(stallMs >= 3600 ? numbers.filter(() => closes.next().value) : [])
        const wake = numbers.flatMap((number) => {
          const close = (): unknown => observer.tell({ kind: 'disconnected', peer: peer(number) })
          return closed.has(number) ? [{ at: order.next().value, run: close }] : []
        })
        wake.push({ at: order.next().value, run: () => observer.run(0) })
        for (const { run } of wake.toSorted((a, b) => a.at - b.at)) run()
        // Healthy: linked again within four seconds, and heard again within a period from then.
        const wakeMs = observer.now
        const plan = numbers.flatMap((number) => {
          const linkedMs = closed.has(number) ? wakeMs + reconnectMs.next().value : wakeMs
          const heardMs = linkedMs + (order.next().value % 1000)
          const link = (): unknown => observer.tell({ kind: 'connected', peer: peer(number) })
          const hear = (sequence: number) => (): unknown =>
            observer.tell(heartbeat({ entity: entity(number), key: number, sequence }))
          const words = Array.from({ length: 16 }, (_, at) => ({ atMs: heardMs + at * 1000, run: hear(100 + at) }))
          return closed.has(number) ? [{ atMs: linkedMs, run: link }, ...words] : words
        })
        for (const { atMs, run } of plan.toSorted((a, b) => a.atMs - b.atMs)) {
          if (atMs > wakeMs + 15_000) break
          observer.runTo(atMs)
          run()
        }
        expect(observer.ofKind('member-changed').filter((change) => change.to === 'down')).toEqual([])
        for (const number of numbers) expect(observer.status(entity(number))).toBe('alive')
      }),
      500,
    )
  })
})

describe('under any weather', () => {
  it('nobody who loses fewer heartbeats in a row than may be missed is down, whatever is late or doubled', () => {
    const fate = fc.record({ lost: fc.boolean(), delayMs: fc.nat(800), again: fc.boolean(), againMs: fc.nat(5000) })
    checkProperty(
      fc.property(fc.array(fate, { minLength: 5, maxLength: 60, size: 'max' }), fc.nat(199), (fates, phaseMs) => {
        const observer = new Observer()
        const startMs = observer.now + phaseMs
        let lostInARow = 0
        const plan = fates.flatMap(({ lost, delayMs, again, againMs }, at) => {
          const event = heartbeat({ sequence: at + 1 })
          const sentMs = startMs + at * 1000
          lostInARow = lost && at > 0 ? lostInARow + 1 : 0
          if (lostInARow > 0 && lostInARow < defaultMembershipConfig.missedMax) return []
          lostInARow = 0
          const first = { atMs: sentMs + delayMs, event }
          return again ? [first, { atMs: first.atMs + againMs, event }] : [first]
        })
        for (const { atMs, event } of plan.toSorted((a, b) => a.atMs - b.atMs)) {
          if (atMs > startMs + fates.length * 1000) break
          observer.runTo(Math.max(atMs, observer.now))
          observer.tell(event)
        }
        expect(observer.ofKind('member-changed').filter((change) => change.to === 'down')).toEqual([])
      }),
    )
  })

  it('whoever is silent is down within the bound, whatever its links do (invariant 5)', () => {
    const happening = fc.oneof(
      fc.record({ kind: fc.constant('run' as const), forMs: fc.nat(1500) }),
      fc.record({ kind: fc.constant('heartbeat' as const), forMs: fc.nat(5) }),
      fc.record({ kind: fc.constantFrom('connected' as const, 'disconnected' as const), forMs: fc.nat(5) }),
      fc.record({ kind: fc.constant('stall' as const), forMs: fc.nat(4000) }),
    )
    const flap = fc.tuple(
      fc.integer({ min: 1, max: 400 }),
      fc.constantFrom('connected' as const, 'disconnected' as const),
    )
    checkProperty(
      fc.property(fc.array(happening), fc.array(flap, { maxLength: 40, size: 'max' }), (happenings, flaps) => {
        const observer = new Observer()
        observer.tell(heartbeat())
        let sequence = 1
        for (const { kind, forMs } of happenings) {
          if (kind === 'run') observer.run(forMs)
          else if (kind === 'stall') observer.stall(forMs)
          else if (kind === 'heartbeat') {
            sequence += 1
            observer.tell(heartbeat({ sequence }))
          } else observer.tell({ kind, peer: peer(2) })
        }
        // The bound is that of the highest awareness in which deadlines were set: it rises when a stall is noticed, then sinks.
        const before = observer.view.awareness
        observer.run(200)
        const { config } = observer.view
        const awareness = Math.max(before, observer.view.awareness)
        const endMs = observer.now + detectionBoundMs(config, 1000, awareness)
        for (const [forMs, kind] of flaps) {
          if (observer.now + forMs > endMs) break
          observer.run(forMs)
          observer.tell({ kind, peer: peer(2) })
        }
        observer.runTo(endMs)
        expect(observer.status()).toBe('down')
      }),
      500,
    )
  })

  it('order and repetition of one life and the next do not matter', () => {
    const said = fc.record({ incarnation: fc.integer({ min: 10, max: 13 }), sequence: fc.integer({ min: 1, max: 9 }) })
    checkProperty(
      fc.property(fc.array(said, { minLength: 1, maxLength: 30 }), fc.infiniteStream(fc.nat(1000)), (words, order) => {
        const shuffled = words
          .flatMap((one) => [one, one])
          .map((one) => ({ one, at: order.next().value }))
          .toSorted((a, b) => a.at - b.at)
        const [straight, mixed] = [new Observer(), new Observer()]
        const tell = (observer: Observer, { incarnation, sequence }: (typeof words)[number]): unknown =>
          observer.tell(heartbeat({ life: life(incarnation), sequence }))
        for (const one of words) tell(straight, one)
        for (const { one } of shuffled) tell(mixed, one)
        const highest = Math.max(...words.map((one) => one.incarnation))
        const last = Math.max(...words.filter((one) => one.incarnation === highest).map((one) => one.sequence))
        for (const observer of [straight, mixed]) {
          expect(observer.member()).toMatchObject({ life: life(highest), sequence: last, status: 'alive' })
        }
      }),
    )
  })
})
