import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Agreements } from '../../src/node/agreement.ts'
import { defineChannel } from '../../src/node/define-channel.ts'
import { Fold } from '../../src/node/fold.ts'
import { ListedComparison } from '../../src/node/listed-comparison.ts'
import { decodeMessage } from '../../src/protocol/decode.ts'
import { limits } from '../../src/protocol/limits.ts'
import { deviceStateChannel } from '../../src/state/channel.ts'
import type { EntityId } from '../../src/state/entity-id.ts'
import { latestReducer } from '../../src/state/latest-reducer.ts'
import { parsed } from '../../src/state/parsed.ts'
import type { Reducer } from '../../src/state/reducer.ts'
import { stampAt } from '../../src/state/stamp.ts'
import { entityIdOf } from '../../src/testing/virtual-cluster.ts'
import '../support/seed.ts'

const own = entityIdOf(1) as EntityId

/** What a node that holds these keys lists of them, a frame each. */
function framesOf(keys: readonly string[]): Uint8Array[] {
  const fold = new Fold(deviceStateChannel(), { channel: 'device_state', publish: true, subscribe: true })
  fold.state.setCounted(own, true)
  for (const key of keys) fold.state.put(own, key, 'INUSE', stampAt(0))
  return framesOfFold(fold)
}

function framesOfFold(fold: Fold): Uint8Array[] {
  const agreements = new Agreements({
    entity: own,
    questions: undefined as never,
    folds: () => [fold],
    counted: () => [],
  })
  return [...agreements.answer({ kind: 'check', list: [fold.channel.name] })].slice(1)
}

function keysIn(frames: readonly Uint8Array[]): string[] {
  return frames.flatMap((frame) => {
    const message = decodeMessage(frame)
    if (!message.ok || message.value.kind !== 'listed') throw new Error('it lists nothing')
    return message.value.values.map(({ key }) => key)
  })
}

test.each([
  ['few short keys', 10, 'PJSIP/', 1],
  ['as many short keys as a frame may list, and one', limits.listedPerFrameMax + 1, 'PJSIP/', 2],
  ['keys as long as they may be', 1200, 'é'.repeat((limits.keyMaxBytes - 8) / 2), 3],
])('%s are listed in frames that may be sent', (_what, count, start, frameCount) => {
  const keys = Array.from({ length: count }, (_, at) => `${start}${String(at).padStart(6, '0')}`)
  const frames = framesOf(keys)
  expect(frames).toHaveLength(frameCount)
  for (const frame of frames) expect(frame.length).toBeLessThanOrEqual(limits.frameMaxBytes)
  expect(keysIn(frames)).toEqual(keys)
})

/** Values that are written shorter than in JSON, and a summary that is longer than any of them. */
const codec = {
  encode: (value: string) => new Uint8Array(Buffer.from(value)),
  decode: (bytes: Uint8Array) => parsed(Buffer.from(bytes).toString()),
}
const everything: Reducer<string, { readonly all: readonly string[] }> = {
  name: 'everything',
  reduce: (entries) => ({ all: entries.map(({ value }) => value).sort() }),
  explain: (entries) => ({ rule: 'All count.', decidedBy: entries.map(({ entity }) => entity) }),
}
const channels = {
  latest: defineChannel({ name: 'texts', codec, reducer: latestReducer<string>() }),
  everything: defineChannel({ name: 'texts', codec, reducer: everything }),
}

/** What a node holds on which entities said these texts of one key. */
function foldOf(reducer: keyof typeof channels, texts: readonly string[]): Fold {
  const fold = new Fold(channels[reducer], { channel: 'texts', publish: true, subscribe: true })
  for (const [at, text] of texts.entries()) {
    const entity = entityIdOf(at + 1) as EntityId
    fold.state.setCounted(entity, true)
    fold.state.put(entity, 'key', text, stampAt(at))
  }
  return fold
}

/** What a node that holds the one finds where another one holds the other and lists it. */
function differencesOf(mine: Fold, theirs: Fold): ReturnType<ListedComparison['differences']> {
  const comparison = new ListedComparison(mine)
  for (const frame of framesOfFold(theirs)) {
    const message = decodeMessage(frame)
    if (!message.ok || message.value.kind !== 'listed')
      throw new Error(message.ok ? 'it lists nothing' : message.reason)
    comparison.take(message.value)
  }
  return comparison.differences()
}

/** The longest values: 4096 bytes with an 8-byte stamp. JSON writes a control character with six. */
const textMax = limits.valueMaxBytes - 8
const text = fc
  .tuple(fc.constantFrom('a', '"', '\u0001', 'é', '\u{1f4de}'), fc.integer({ min: 0, max: textMax }))
  .map(([unit, bytes]) => unit.repeat(Math.floor(bytes / Buffer.byteLength(unit))))

test('whatever may be set may be listed, and what differs is named', () => {
  fc.assert(
    fc.property(
      fc.constantFrom('latest' as const, 'everything' as const),
      fc.array(text, { minLength: 1, maxLength: 4 }),
      (reducer, texts) => {
        const held = foldOf(reducer, texts)
        expect(differencesOf(held, foldOf(reducer, texts))).toEqual([])
        const last = texts[texts.length - 1] ?? ''
        const others = [...texts.slice(0, -1), `${last.slice(0, -1)}${last.endsWith('!') ? '?' : '!'}`]
        const [difference, ...more] = differencesOf(held, foldOf(reducer, others))
        expect(more).toEqual([])
        expect(difference).toMatchObject({ channel: 'texts', key: 'key' })
        expect(difference?.here).not.toEqual(difference?.there)
      },
    ),
    { examples: [4095, 4096, 4097].map((bytes) => ['latest', ['a'.repeat(bytes - 2)]] as ['latest', string[]]) },
  )
})

test.each(['"', '\u0001', 'é'])('the longest value, all of it %j', (unit) => {
  const texts = [unit.repeat(textMax / Buffer.byteLength(unit))]
  expect(differencesOf(foldOf('latest', texts), foldOf('latest', texts))).toEqual([])
})
