import { expect, test } from 'vitest'
import { Lags } from '../../src/node/lags.ts'
import type { Stand } from '../../src/protocol/messages.ts'
import type { Head } from '../../src/replica/transfer.ts'
import { VirtualClock } from '../../src/runtime/virtual-clock.ts'
import type { EntityId } from '../../src/state/entity-id.ts'

const entity = '02:00:00:00:00:01' as EntityId
const document = { entity, channel: 'device_state', shard: 0 }
const mark = new Uint8Array(8).fill(1)

const standAt = (clock: number): Stand => ({ document, version: { incarnation: 1, nonce: 1, epoch: 1, clock }, mark })

const headAt = (clock: number, byte = 1): Head => ({
  document,
  version: { incarnation: 1, nonce: 1, epoch: 1, clock },
  stateHash: new Uint8Array(32).fill(byte),
  signature: new Uint8Array(64),
})

test('the lag begins with the first word that was not followed and ends when the copy has caught up', () => {
  const clock = new VirtualClock()
  let head = headAt(1)
  const lags = new Lags({ clock, headOf: () => head, wanted: () => true })
  expect(lags.of(entity)).toEqual({ lagMs: 0, agrees: true })
  lags.hear(entity, [standAt(1)])
  expect(lags.of(entity)).toEqual({ lagMs: 0, agrees: true })
  lags.hear(entity, [standAt(5)])
  clock.advance(1000)
  lags.hear(entity, [standAt(9)])
  clock.advance(500)
  expect(lags.of(entity)).toEqual({ lagMs: 1500, agrees: false })
  head = headAt(5)
  expect(lags.of(entity)).toEqual({ lagMs: 500, agrees: false })
  head = headAt(9)
  expect(lags.of(entity)).toEqual({ lagMs: 0, agrees: true })
  head = headAt(12)
  expect(lags.of(entity)).toEqual({ lagMs: 0, agrees: true })
  lags.forget(entity)
  expect(lags.of(entity)).toEqual({ lagMs: 0, agrees: true })
})

test('the same version with other contents is no lag, and no agreement', () => {
  const clock = new VirtualClock()
  const lags = new Lags({ clock, headOf: () => headAt(3, 2), wanted: () => true })
  lags.hear(entity, [standAt(3)])
  expect(lags.of(entity)).toEqual({ lagMs: 0, agrees: false })
})

test('what is not kept here is not missed', () => {
  const clock = new VirtualClock()
  const lags = new Lags({ clock, headOf: () => undefined, wanted: () => false })
  lags.hear(entity, [standAt(3)])
  expect(lags.of(entity)).toEqual({ lagMs: 0, agrees: true })
})
