import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { deviceStateReducer } from '../../src/state/device-state-reducer.ts'
import { deviceStates } from '../../src/state/device-state.ts'
import { latestReducer } from '../../src/state/latest-reducer.ts'
import { maxReducer, minReducer, sumReducer } from '../../src/state/number-reducers.ts'
import type { Reducer } from '../../src/state/reducer.ts'
import { assertReducerLaws } from '../../src/testing/reducer-laws.ts'
import { seed } from '../support/seed.ts'

const number = fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e300, max: 1e300 })

describe('the laws of reducers', () => {
  test('hold for the built-in ones (invariant 2)', () => {
    assertReducerLaws(fc, deviceStateReducer, fc.constantFrom(...deviceStates), { join: true, seed })
    assertReducerLaws(fc, latestReducer<string>(), fc.string(), { seed })
    assertReducerLaws(fc, sumReducer, number, { seed })
    assertReducerLaws(fc, maxReducer, number, { join: true, seed })
    assertReducerLaws(fc, minReducer, number, { join: true, seed })
  })

  const explain = (): { rule: string; decidedBy: [] } => ({ rule: 'So it is.', decidedBy: [] })
  let calls = 0
  const broken: Record<string, [Reducer<number, unknown>, boolean?]> = {
    'any order': [{ name: 'first', explain, reduce: ([first]) => first.value }],
    purity: [{ name: 'counting', explain, reduce: () => (calls += 1) }],
    'cannot assign': [
      {
        name: 'scribbling',
        explain,
        reduce: (entries) => {
          for (const entry of entries) (entry as { value: number }).value = 0
          return 0
        },
      },
    ],
    removal: [
      {
        ...maxReducer,
        name: 'hoarding',
        accumulator: () => {
          let kept = 0
          return { add: ({ value }) => (kept = Math.max(kept, value)), remove() {}, result: () => kept }
        },
      },
    ],
    'plain results': [{ name: 'mute', explain, reduce: () => undefined }],
    explanation: [{ name: 'silent', explain: () => ({ rule: '', decidedBy: [] }), reduce: () => 0 }],
    'the same twice': [sumReducer, true],
    grouping: [
      {
        name: 'average',
        explain,
        reduce: (entries) => entries.reduce((sum, { value }) => sum + value, 0) / entries.length,
      },
      true,
    ],
  }

  test.each(Object.entries(broken))('find out: %s', (law, [reducer, join = false]) => {
    let message = ''
    try {
      assertReducerLaws(fc, reducer, fc.integer({ min: 1, max: 100 }), { join, seed })
    } catch (error) {
      message = `${String(error)} ${String((error as Error).cause)}`
    }
    expect(message.toLowerCase()).toContain(law)
    expect(message).toContain('seed')
  })
})
