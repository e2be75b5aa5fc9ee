import { describe, expect, test } from 'vitest'
import { channel, entity, harness, pull, text, value, writer } from './setup.ts'

const first = entity(1)

describe('what is held', () => {
  test('is forgotten on demand, and told so; the life stays remembered', () => {
    const owner = writer(first, { channels: [channel, 'mwi'] })
    const copy = harness(entity(2), { channels: [channel, 'mwi'] })
    owner.replica.write(
      channel,
      new Map([
        ['a', value(1)],
        ['b', value(2)],
      ]),
    )
    owner.replica.write('mwi', new Map([['100@default', value(3)]]))
    pull(copy, owner)
    expect([...copy.replica.entities()]).toEqual([first])
    copy.replica.drop(first)
    expect(copy.mirror.size).toBe(0)
    expect(copy.changes.slice(3).map(({ key, after }) => [key, after])).toEqual([
      ['a', undefined],
      ['b', undefined],
      ['100@default', undefined],
    ])
    expect([[...copy.replica.entities()], [...copy.replica.heads()]]).toEqual([[], []])
    expect(copy.replica.lifeOf(first)).toEqual({ incarnation: 1, nonce: 1 })
    pull(copy, owner)
    expect(copy.state()).toEqual(owner.state())
  })

  test('of a life that is over goes as soon as a later one is heard of', () => {
    const owner = writer(first)
    const copy = harness(entity(2))
    const old = owner.replica.write(channel, new Map([['a', value(1)]]))
    copy.receiveAll(old)
    copy.replica.supersede(first, { incarnation: 1, nonce: 1 })
    copy.replica.supersede(first, { incarnation: 1, nonce: 0 })
    expect(copy.mirror.size).toBe(1)
    copy.replica.supersede(first, { incarnation: 1, nonce: 2 })
    expect(copy.mirror.size).toBe(0)
    expect(copy.receiveAll(old)).toEqual(['stale'])
    copy.replica.supersede(entity(5), { incarnation: 3, nonce: 3 })
    expect(copy.replica.lifeOf(entity(5))).toEqual({ incarnation: 3, nonce: 3 })
    expect([...copy.replica.entities()]).toEqual([])
  })

  test('of the own entity is superseded by nobody', () => {
    const owner = writer(first)
    owner.replica.write(channel, new Map([['a', value(1)]]))
    owner.replica.supersede(first, { incarnation: 9, nonce: 9 })
    expect(owner.replica.lifeOf(first)).toEqual({ incarnation: 1, nonce: 1 })
    expect(owner.state().size).toBe(1)
  })

  test('is new when the listener looks', () => {
    const seen: (string | undefined)[] = []
    const owner = writer(first)
    const copy = harness(entity(2), {
      onChange: ({ key, after }) => {
        seen.push(`${key} ${text(copy.replica.get(first, channel, key)) === text(after)}`)
        expect(copy.replica.head({ entity: first, channel, shard: 0 })?.version.clock).toBe(2)
      },
    })
    copy.receiveAll(
      owner.replica.write(
        channel,
        new Map([
          ['a', value(1)],
          ['b', value(2)],
        ]),
      ),
    )
    expect(seen).toEqual(['a true', 'b true'])
  })

  test('may be written by the listener, and every listener learns the last word last', () => {
    const owner = writer(first, {
      onChange: ({ key, after }) => {
        if (key === 'a' && text(after) === text(value(1))) owner.replica.write(channel, new Map([['b', value(9)]]))
      },
    })
    const outer = owner.replica.write(
      channel,
      new Map([
        ['a', value(1)],
        ['b', value(2)],
      ]),
    )
    expect(outer[0]?.head.version.clock).toBe(2)
    expect(owner.mirror).toEqual(owner.state())
    expect(owner.replica.get(first, channel, 'b')).toEqual(value(9))
  })

  test('leaves no timer when it is closed', () => {
    const owner = writer(first)
    for (let turn = 0; turn < 200; turn += 1) owner.replica.write(channel, new Map([[`k${turn % 3}`, value(turn)]]))
    expect(owner.clock.pending).toBe(1)
    expect(owner.replica.stats().documents[0]?.grace).toBeGreaterThan(0)
    owner.replica.close()
    expect(owner.clock.pending).toBe(0)
    expect(owner.replica.stats().documents[0]?.grace).toBe(0)
    expect(owner.state().size).toBe(3)
  })

  test('leaves no timer when it is forgotten or replaced', () => {
    const owner = writer(first)
    const copy = harness(entity(2))
    const turn = (at: number): void => {
      copy.receiveAll(owner.replica.write(channel, new Map([[`k${at % 3}`, value(at + 1)]])))
    }
    for (let at = 0; at < 100; at += 1) turn(at)
    expect(copy.clock.pending).toBe(1)
    copy.replica.drop(first)
    expect(copy.clock.pending).toBe(0)
    pull(copy, owner)
    for (let at = 100; at < 200; at += 1) turn(at)
    expect([owner.clock.pending, copy.clock.pending]).toEqual([1, 1])
    copy.receiveAll(owner.replica.begin({ incarnation: 2, nonce: 0 }))
    expect([owner.clock.pending, copy.clock.pending]).toEqual([0, 0])
  })
})
