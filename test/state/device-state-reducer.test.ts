import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { deviceStateReducer, joinDeviceStates } from '../../src/state/device-state-reducer.ts'
import { deviceStates, readDeviceState, type DeviceState } from '../../src/state/device-state.ts'
import type { Entry } from '../../src/state/entry.ts'
import type { SomeEntries } from '../../src/state/reducer.ts'
import { entity, stamp } from './entities.ts'
import { checkProperty } from './property.ts'
import truth from './aggregate-truth.json' with { type: 'json' }

const joined = (a: DeviceState, b: DeviceState): DeviceState => readDeviceState(truth.pairs[a][b])

/** The rule as the facts state it, step by step over the inputs in their order; shares nothing with the code. */
function byTheRule(states: readonly DeviceState[]): DeviceState {
  const rank: Record<DeviceState, number> = {
    INVALID: 0,
    UNKNOWN: 1,
    UNAVAILABLE: 2,
    NOT_INUSE: 3,
    ONHOLD: 4,
    RINGING: 5,
    INUSE: 6,
    BUSY: 7,
    RINGINUSE: 8,
  }
  let [highest, ringing, busy]: [DeviceState, boolean, boolean] = ['INVALID', false, false]
  for (const state of states) {
    if (rank[state] > rank[highest]) highest = state
    if (state === 'RINGING') ringing = true
    if (state === 'INUSE' || state === 'ONHOLD' || state === 'BUSY') busy = true
  }
  return ringing && busy ? 'RINGINUSE' : highest
}

const entry = (state: DeviceState, at: number): Entry<DeviceState> => ({
  entity: entity(at + 1),
  value: state,
  stamp: stamp(at),
})

function entriesOf(states: readonly DeviceState[]): SomeEntries<DeviceState> {
  const [first = 'INVALID', ...others] = states
  return [entry(first, 0), ...others.map((state, at) => entry(state, at + 1))]
}

const anyState = fc.constantFrom(...deviceStates)
const multiset = fc.array(anyState, { maxLength: 30 })
const someStates = fc.array(anyState, { minLength: 1, maxLength: 30 })

describe("Asterisk's join", () => {
  it('is as measured for none, one and two', () => {
    expect(joinDeviceStates([])).toBe(truth.empty)
    for (const a of deviceStates) {
      expect(joinDeviceStates([a])).toBe(truth.singles[a])
      expect(deviceStateReducer.reduce(entriesOf([a]))).toBe(truth.singles[a])
      for (const b of deviceStates) {
        expect(joinDeviceStates([a, b])).toBe(truth.pairs[a][b])
        expect(deviceStateReducer.reduce(entriesOf([a, b]))).toBe(truth.pairs[a][b])
      }
    }
  })

  it('is the rule, for every multiset', () => {
    checkProperty(
      fc.property(multiset, (states) => {
        expect(joinDeviceStates(states)).toBe(byTheRule(states))
        if (states.length > 0) expect(deviceStateReducer.reduce(entriesOf(states))).toBe(byTheRule(states))
      }),
      2000,
    )
  })

  it('is the fold of measured pairs in any order and grouping (invariant 2)', () => {
    checkProperty(
      fc.property(someStates, fc.infiniteStream(fc.nat()), (states, choices) => {
        const rest = [...states]
        const take = (): DeviceState => rest.splice(choices.next().value % rest.length, 1)[0] ?? 'INVALID'
        while (rest.length > 1) rest.push(joined(take(), take()))
        expect(rest[0]).toBe(joinDeviceStates(states))
      }),
      2000,
    )
  })

  it('is the same kept up to date as folded anew (invariant 2)', () => {
    checkProperty(
      fc.property(fc.array(fc.tuple(fc.boolean(), anyState), { maxLength: 60 }), (steps) => {
        const kept = deviceStateReducer.accumulator?.()
        const inside: Entry<DeviceState>[] = []
        for (const [adds, state] of steps) {
          const at = inside.findIndex((other) => other.value === state)
          const [removed] = adds || at < 0 ? [] : inside.splice(at, 1)
          if (removed === undefined) {
            inside.push(entry(state, inside.length))
            kept?.add(entry(state, inside.length - 1))
          } else kept?.remove(removed)
          expect(kept?.result()).toBe(byTheRule(inside.map((other) => other.value)))
        }
      }),
    )
  })
})

describe('the explanation of the join', () => {
  it.each<[DeviceState[], string, number[]]>([
    [['INUSE'], 'All say INUSE.', [1]],
    [['NOT_INUSE', 'NOT_INUSE'], 'All say NOT_INUSE.', [1, 2]],
    [['NOT_INUSE', 'BUSY', 'INUSE'], 'BUSY ranks highest of BUSY, INUSE, NOT_INUSE.', [2]],
    [['RINGING', 'ONHOLD', 'INVALID'], 'RINGING together with ONHOLD gives RINGINUSE.', [1, 2]],
    [['BUSY', 'RINGING', 'INUSE'], 'RINGING together with INUSE and BUSY gives RINGINUSE.', [1, 2, 3]],
    [['RINGINUSE', 'RINGING', 'INUSE'], 'RINGINUSE ranks highest of RINGINUSE, INUSE, RINGING.', [1]],
  ])('of %j', (states, rule, decidedBy) => {
    expect(deviceStateReducer.explain(entriesOf(states))).toEqual({ rule, decidedBy: decidedBy.map(entity) })
  })

  it('names entities that alone give the same result', () => {
    checkProperty(
      fc.property(someStates, (states) => {
        const entries = entriesOf(states)
        const { decidedBy } = deviceStateReducer.explain(entries)
        const deciding = entries.filter((one) => decidedBy.includes(one.entity)).map((one) => one.value)
        expect(deciding.length).toBeGreaterThan(0)
        expect(byTheRule(deciding)).toBe(byTheRule(states))
      }),
    )
  })
})
