import { expect, test } from 'vitest'
import { Agreements } from '../../src/node/agreement.ts'
import { Fold } from '../../src/node/fold.ts'
import { decodeMessage } from '../../src/protocol/decode.ts'
import { limits } from '../../src/protocol/limits.ts'
import { deviceStateChannel } from '../../src/state/channel.ts'
import type { EntityId } from '../../src/state/entity-id.ts'
import { stampAt } from '../../src/state/stamp.ts'
import { entityIdOf } from '../../src/testing/virtual-cluster.ts'

const own = entityIdOf(1) as EntityId

/** What a node that holds these keys lists of them, a frame each. */
function framesOf(keys: readonly string[]): Uint8Array[] {
  const fold = new Fold(deviceStateChannel(), { channel: 'device_state', publish: true, subscribe: true })
  fold.state.setCounted(own, true)
  for (const key of keys) fold.state.put(own, key, 'INUSE', stampAt(0))
  const agreements = new Agreements({
    entity: own,
    questions: undefined as never,
    folds: () => [fold],
    counted: () => [],
  })
  return [...agreements.answer({ kind: 'check', list: ['device_state'] })].slice(1)
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
