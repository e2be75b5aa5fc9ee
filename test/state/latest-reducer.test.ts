import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Entry } from '../../src/state/entry.ts'
import { latestReducer } from '../../src/state/latest-reducer.ts'
import { entity, stamp } from './entities.ts'
import { checkProperty } from './property.ts'

const reducer = latestReducer<string>()
const said = (who: number, value: string, wallMs: number): Entry<string> => ({
  entity: entity(who),
  value,
  stamp: stamp(wallMs),
})

describe('latest', () => {
  it('lets the last word count, whoever said it', () => {
    expect(reducer.reduce([said(1, 'on', 5), said(2, 'off', 6)])).toBe('off')
    expect(reducer.reduce([said(1, 'on', 7), said(2, 'off', 6)])).toBe('on')
  })

  it('lets the higher entity ID count at one stamp', () => {
    expect(reducer.reduce([said(1, 'on', 5), said(2, 'off', 5)])).toBe('off')
  })

  it('is a function of the set: any order, the maximum of (stamp, entity ID) (invariant 2)', () => {
    const entries = fc.uniqueArray(fc.tuple(fc.nat(500), fc.nat(4)), { minLength: 1, selector: ([who]) => who })
    checkProperty(
      fc.property(entries, fc.infiniteStream(fc.nat()), (pairs, choices) => {
        const all = pairs.map(([who, wallMs]) => said(who + 1, `${who}`, wallMs))
        const shuffled = all.toSorted(() => (choices.next().value % 2 === 0 ? 1 : -1))
        const [top] = all.toSorted((a, b) => b.stamp - a.stamp || (a.entity < b.entity ? 1 : -1))
        const [first, ...others] = shuffled
        if (first === undefined || top === undefined) return
        expect(reducer.reduce([first, ...others])).toBe(top.value)
        expect(reducer.explain([first, ...others]).decidedBy).toEqual([top.entity])
      }),
    )
  })

  it('explains itself', () => {
    expect(reducer.explain([said(1, 'on', 0)]).rule).toBe('Only 02:00:00:00:00:01 says anything.')
    expect(reducer.explain([said(1, 'on', 0), said(2, 'off', 1000)]).rule).toBe(
      'The latest entry counts: that of 02:00:00:00:00:02, written 1970-01-01T00:00:01.000Z.',
    )
    expect(reducer.explain([said(1, 'on', 0), said(2, 'off', 0)]).rule).toBe(
      '2 entities wrote last, at the same stamp: the highest entity ID, 02:00:00:00:00:02, counts.',
    )
  })
})
