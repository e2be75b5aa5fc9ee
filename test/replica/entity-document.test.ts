import { describe, expect, test } from 'vitest'
import { EntityDocument } from '../../src/replica/entity-document.ts'
import { textOf } from '../../src/replica/value-text.ts'
import { bounds, channel, entity, standingsFrom, value } from './setup.ts'

const absent = new Uint8Array(0)

function written(...batches: readonly [string, Uint8Array][][]): EntityDocument {
  const document = new EntityDocument({ entity: entity(1), channel, shard: 0 }, { incarnation: 5, nonce: 6 }, 7)
  for (const batch of batches) {
    const standings = standingsFrom(document.clock, batch)
    document.write(standings, document.prospect(standings))
  }
  return document
}

describe('a document', () => {
  test('is empty at first', () => {
    const document = written()
    expect(document.version).toEqual({ incarnation: 5, nonce: 6, epoch: 7, clock: 0 })
    expect([document.live, document.keyCount, document.structCount, document.overwritten]).toEqual([0, 0, 0, 0])
    expect([...document.entries()]).toEqual([])
    expect(document.tail(0, bounds)).toEqual([])
    expect(document.keyEndingAt(0)).toBeUndefined()
  })

  test('tells the bytes of its live keys and values', () => {
    const document = written(
      [
        ['a', value(1)],
        ['ä', Uint8Array.of(1, 2, 3)],
      ],
      [['a', Uint8Array.of(1, 2)]],
      [['b', absent]],
    )
    expect(document.liveBytes).toBe(1 + 2 + 2 + 3)
    expect(written([['a', value(1)]], [['a', absent]]).liveBytes).toBe(0)
  })

  test('counts what lives, what is removed, and what is only history', () => {
    const document = written(
      [
        ['a', value(1)],
        ['b', value(2)],
        ['c', value(3)],
      ],
      [['a', value(4)]],
      [['b', absent]],
    )
    expect(document.clock).toBe(5)
    expect([document.live, document.keyCount, document.structCount, document.overwritten]).toEqual([2, 3, 5, 3])
    expect(document.get('a')).toBe(textOf(value(4)))
    expect(document.get('b')).toBeUndefined()
    expect([document.has('b'), document.has('d')]).toEqual([true, false])
    expect([...document.entries()]).toEqual([
      ['a', textOf(value(4))],
      ['c', textOf(value(3))],
    ])
  })

  test('merges the history of one key that is written again and again', () => {
    const document = written(...Array.from({ length: 50 }, (_, at): [string, Uint8Array][] => [['a', value(at)]]))
    expect([document.clock, document.structCount]).toEqual([50, 2])
  })

  test('knows the key of a clock only where it is the last word of that key', () => {
    const document = written(
      [
        ['a', value(1)],
        ['b', value(2)],
      ],
      [['a', value(3)]],
      [['a', value(4)]],
    )
    expect([0, 1, 2, 3, 4, 99].map((clock) => document.keyEndingAt(clock))).toEqual([
      undefined,
      'b',
      undefined,
      'a',
      undefined,
      undefined,
    ])
  })

  test('has the same end when it is over as before, whatever follows it', () => {
    const document = written(
      [
        ['a', value(1)],
        ['b', value(2)],
        ['c', value(3)],
      ],
      [['b', value(4)]],
      [['b', absent]],
      [['a', value(5)]],
    )
    const { id, version, stateHash, clock } = document
    const ended = document.ended({ document: id, version, stateHash, signature: new Uint8Array(64) })
    expect(ended.clock).toBe(clock)
    for (let from = 0; from <= clock; from += 1) expect(ended.tail(from, bounds)).toEqual(document.tail(from, bounds))
  })

  test('foretells its growth', () => {
    const document = written([
      ['a', value(1)],
      ['b', absent],
    ])
    const growth = (...values: [string, Uint8Array][]): number => document.growth(standingsFrom(2, values))
    expect(growth(['a', value(2)])).toBe(0)
    expect(growth(['a', absent])).toBe(-1)
    expect(growth(['b', value(2)], ['c', value(2)], ['d', absent])).toBe(2)
  })
})
