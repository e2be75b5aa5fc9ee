import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { deviceStateChannel, mwiChannel } from '../../src/state/channel.ts'
import { ClusterState, type Difference } from '../../src/state/cluster-state.ts'
import { joinDeviceStates } from '../../src/state/device-state-reducer.ts'
import { deviceStates, type DeviceState } from '../../src/state/device-state.ts'
import type { EntityId } from '../../src/state/entity-id.ts'
import type { Reducer } from '../../src/state/reducer.ts'
import { stampFar, type Stamp } from '../../src/state/stamp.ts'
import { entity, stamp } from './entities.ts'
import { checkProperty } from './property.ts'

const [a, b, c] = [entity(1), entity(2), entity(3)]
const channel = deviceStateChannel({ latest: ['Custom:night*'] })
const reducerFor = (key: string): Reducer<DeviceState> => channel.reducerFor(key)
const clusterState = (): ClusterState<DeviceState> => new ClusterState<DeviceState>(reducerFor)

describe('cluster state', () => {
  it('folds the entries of entities that count', () => {
    const state = clusterState()
    expect(state.put(a, 'PJSIP/1', 'INUSE', stamp(1))).toEqual([])
    expect(state.get('PJSIP/1')).toBeUndefined()
    expect(state.setCounted(a, true)).toEqual([{ key: 'PJSIP/1', before: undefined, after: 'INUSE' }])
    state.setCounted(b, true)
    expect(state.put(b, 'PJSIP/1', 'RINGING', stamp(2))).toEqual([
      { key: 'PJSIP/1', before: 'INUSE', after: 'RINGINUSE' },
    ])
    expect(state.put(b, 'PJSIP/1', 'RINGING', stamp(3))).toEqual([])
    expect(state.setCounted(a, false)).toEqual([{ key: 'PJSIP/1', before: 'RINGINUSE', after: 'RINGING' }])
    expect(state.entriesOf('PJSIP/1')).toEqual([
      { entity: a, value: 'INUSE', stamp: stamp(1), counted: false },
      { entity: b, value: 'RINGING', stamp: stamp(3), counted: true },
    ])
    expect(state.remove(b, 'PJSIP/1')).toEqual([{ key: 'PJSIP/1', before: 'RINGING', after: undefined }])
    expect([...state.keys()]).toEqual([])
  })

  it('gives the difference of a lost entity over all its keys at once (invariant 5)', () => {
    const state = clusterState()
    for (const who of [a, b]) state.setCounted(who, true)
    state.put(a, 'x', 'BUSY', stamp(1))
    state.put(a, 'y', 'NOT_INUSE', stamp(1))
    state.put(b, 'y', 'NOT_INUSE', stamp(1))
    expect(state.setCounted(a, false)).toEqual([{ key: 'x', before: 'BUSY', after: undefined }])
    expect(state.setCounted(a, false)).toEqual([])
    expect(state.setCounted(a, true)).toEqual([{ key: 'x', before: undefined, after: 'BUSY' }])
    expect(state.removeEntity(a)).toEqual([{ key: 'x', before: 'BUSY', after: undefined }])
    expect(state.isCounted(a)).toBe(false)
    expect(state.entriesOf('x')).toEqual([])
  })

  it('forgets an old life and still counts the new one (invariant 4)', () => {
    const state = clusterState()
    state.setCounted(a, true)
    state.put(a, 'x', 'BUSY', stamp(1))
    expect(state.clearEntity(a)).toEqual([{ key: 'x', before: 'BUSY', after: undefined }])
    expect(state.put(a, 'x', 'INUSE', stamp(2))).toEqual([{ key: 'x', before: undefined, after: 'INUSE' }])
  })

  it('takes no notice of what it does not know', () => {
    const state = clusterState()
    expect(state.remove(a, 'x')).toEqual([])
    expect(state.removeEntity(a)).toEqual([])
    expect(state.clearEntity(a)).toEqual([])
    expect(state.explain('x')).toBeUndefined()
    expect(state.entriesBy(a)).toBe(0)
  })

  it('compares folded values as the channel does', () => {
    const mwi = mwiChannel()
    const state = new ClusterState((key) => mwi.reducerFor(key), mwi.same)
    state.setCounted(a, true)
    state.put(a, '1@x', { newMessages: 1, oldMessages: 0 }, stamp(1))
    expect(state.put(a, '1@x', { newMessages: 1, oldMessages: 0 }, stamp(2))).toEqual([])
    expect(state.put(a, '1@x', { newMessages: 2, oldMessages: 0 }, stamp(3))).toHaveLength(1)
  })

  it('explains what a value is made of', () => {
    const state = clusterState()
    for (const who of [a, b]) state.setCounted(who, true)
    state.put(a, 'x', 'NOT_INUSE', stamp(1))
    state.put(b, 'x', 'INUSE', stamp(1))
    state.put(c, 'x', 'BUSY', stamp(1))
    expect(state.explain('x')).toMatchObject({
      value: 'INUSE',
      reducer: 'join',
      rule: 'INUSE ranks highest of INUSE, NOT_INUSE.',
      decidedBy: [b],
    })
    expect(state.explain('x')?.entries.map((entry) => entry.counted)).toEqual([true, true, false])
    state.put(c, 'Custom:night', 'BUSY', stamp(1))
    expect(state.explain('Custom:night')).toMatchObject({ value: undefined, reducer: 'latest', decidedBy: [] })
  })
})

/** The cluster state by its definition: all that was said, folded anew at each question. */
class PlainState {
  readonly said = new Map<string, { entity: EntityId; key: string; value: DeviceState; stamp: Stamp }>()
  readonly counted = new Set<EntityId>()

  fold(): Map<string, DeviceState> {
    const folded = new Map<string, DeviceState>()
    for (const key of new Set(Array.from(this.said.values(), (entry) => entry.key))) {
      const entries = [...this.said.values()].filter((entry) => entry.key === key && this.counted.has(entry.entity))
      const last = entries.toSorted((x, y) => x.stamp - y.stamp || (x.entity < y.entity ? -1 : 1)).at(-1)
      if (last === undefined) continue
      const latest = key.startsWith('Custom:night')
      folded.set(key, latest ? last.value : joinDeviceStates(entries.map((entry) => entry.value)))
    }
    return folded
  }
}

// Enough entities for a key to be folded by an accumulator, and few enough for that to come and go.
const who = fc.nat(19).map((number) => entity(number + 1))
const key = fc.constantFrom('PJSIP/1', 'Custom:night1')
const operation = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('put'),
      who,
      key,
      value: fc.constantFrom(...deviceStates),
      at: fc.nat(9),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('remove'), who, key }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('count'), who, counted: fc.nat(3).map((luck) => luck > 0) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom('forget', 'clear'), who }) },
)

type Operation = typeof operation extends fc.Arbitrary<infer Kind> ? Kind : never

function perform(
  state: ClusterState<DeviceState>,
  plain: PlainState,
  step: Operation,
): readonly Difference<DeviceState>[] {
  if ('value' in step) {
    plain.said.set(`${step.who} ${step.key}`, {
      entity: step.who,
      key: step.key,
      value: step.value,
      stamp: stamp(step.at),
    })
    return state.put(step.who, step.key, step.value, stamp(step.at))
  }
  if ('counted' in step) {
    if (step.counted) plain.counted.add(step.who)
    else plain.counted.delete(step.who)
    return state.setCounted(step.who, step.counted)
  }
  if ('key' in step) {
    plain.said.delete(`${step.who} ${step.key}`)
    return state.remove(step.who, step.key)
  }
  for (const [name, entry] of plain.said) if (entry.entity === step.who) plain.said.delete(name)
  if (step.kind === 'clear') return state.clearEntity(step.who)
  plain.counted.delete(step.who)
  return state.removeEntity(step.who)
}

describe('cluster state under any operations', () => {
  it('equals the fold computed anew, and its differences lead from one to the next (invariant 2)', () => {
    checkProperty(
      fc.property(fc.array(operation, { maxLength: 250, size: 'max' }), (steps) => {
        const [state, plain] = [clusterState(), new PlainState()]
        const followed = new Map<string, DeviceState>()
        for (const step of steps) {
          for (const { key: changed, before, after } of perform(state, plain, step)) {
            expect(followed.get(changed)).toBe(before)
            expect(after).not.toBe(before)
            if (after === undefined) followed.delete(changed)
            else followed.set(changed, after)
          }
          const folded = plain.fold()
          expect(followed).toEqual(folded)
          expect(state.size).toBe(folded.size)
          expect(state.entryCount).toBe(plain.said.size)
        }
        expect(new Set(state.keys())).toEqual(new Set(plain.fold().keys()))
        for (const [folded, value] of plain.fold()) {
          expect(state.get(folded)).toBe(value)
          expect(state.explain(folded)?.value).toBe(value)
        }
      }),
      150,
    )
  })

  it('leaves nothing behind when all is taken back (invariant 7)', () => {
    const state = clusterState()
    for (let round = 0; round < 3; round += 1) {
      for (let number = 1; number <= 40; number += 1) {
        state.setCounted(entity(number), true)
        state.put(entity(number), 'x', 'INUSE', stamp(number))
      }
      for (let number = 1; number <= 40; number += 1) {
        state.remove(entity(number), 'x')
        state.setCounted(entity(number), false)
      }
    }
    expect([state.size, state.entryCount]).toEqual([0, 0])
    expect(state.explain('x')).toBeUndefined()
  })

  it('has a word follow the latest, but for far ones that are its own or do not count', () => {
    const state = clusterState()
    for (const who of [a, b, c]) state.setCounted(who, true)
    state.put(a, 'x', 'INUSE', stamp(9))
    state.put(b, 'x', 'INUSE', stamp(5))
    expect([state.latestStamp('x', a), state.latestStamp('x', b)]).toEqual([stamp(9), stamp(9)])
    state.put(c, 'x', 'INUSE', stampFar)
    expect([state.latestStamp('x', a), state.latestStamp('x', c)]).toEqual([stampFar, stamp(9)])
    state.setCounted(c, false)
    expect(state.latestStamp('x', a)).toBe(stamp(9))
    state.put(c, 'x', 'INUSE', (stampFar - 1) as Stamp)
    expect(state.latestStamp('x', a)).toBe(stampFar - 1)
    expect(state.latestStamp('nothing', a)).toBeUndefined()
  })
})
