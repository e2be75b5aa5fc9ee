import { expect, test } from 'vitest'
import { encodeMessage } from '../../src/protocol/encode.ts'
import type { Message } from '../../src/protocol/messages.ts'
import type { EntityId } from '../../src/state/entity-id.ts'
import { sharedDecoder } from '../../src/node/shared-decoder.ts'

const entity = '02:00:00:00:00:01' as EntityId

const accusation = (sequence: number): Message => {
  return { kind: 'accusation', entity, life: { incarnation: 1, nonce: 1 }, sequence, by: entity }
}

test('what was read once is the same message for whoever reads it next', () => {
  const decode = sharedDecoder()
  const first = decode(encodeMessage(accusation(1)))
  expect(first).toMatchObject({ ok: true, value: accusation(1) })
  expect(decode(encodeMessage(accusation(1)))).toBe(first)
  expect(decode(encodeMessage(accusation(2)))).toMatchObject({ ok: true, value: accusation(2) })
})

test('whoever goes on to change the bytes changes no message', () => {
  const decode = sharedDecoder()
  const bytes = encodeMessage({ kind: 'refusal', entity, holder: new Uint8Array(32).fill(7) })
  const first = decode(bytes)
  bytes.fill(9, 10)
  expect(first).toMatchObject({ ok: true, value: { holder: new Uint8Array(32).fill(7) } })
  expect(decode(bytes)).not.toBe(first)
})

test('what cannot be read is refused each time, and so is what is longer than anything that is shared', () => {
  const decode = sharedDecoder()
  for (const length of [3, 3, 5000]) expect(decode(new Uint8Array(length)).ok).toBe(false)
})
