import { describe, expect, test } from 'vitest'
import { packFrames, unpackFrame } from '../../src/node/frame-packing.ts'
import { TransferAssembly, transferMessages } from '../../src/node/transfer-assembly.ts'
import type { Message, TransferMessage } from '../../src/protocol/messages.ts'
import type { Transfer } from '../../src/replica/transfer.ts'
import { entityIdFromBytes } from '../../src/state/entity-id.ts'

const entity = entityIdFromBytes(Uint8Array.of(2, 0, 0, 0, 0, 1))!
const head = {
  document: { entity, channel: 'mwi', shard: 0 },
  version: { incarnation: 1, nonce: 2, epoch: 3, clock: 4 },
  stateHash: new Uint8Array(32),
  signature: new Uint8Array(64),
}
const run: Transfer = { kind: 'run', head, from: 1, updates: [Uint8Array.of(1), Uint8Array.of(2), Uint8Array.of(3)] }

describe('a run of several updates', () => {
  test('comes together from its parts, and not before the last', () => {
    const assembly = new TransferAssembly()
    const seen = [...transferMessages(run)].map((message) => assembly.add(message))
    expect(seen).toEqual([{ kind: 'partial' }, { kind: 'partial' }, { kind: 'whole', transfer: run }])
  })

  test('with a part missing, doubled or of another document is broken, and the next one is whole again', () => {
    const [first, second, third] = [...transferMessages(run)] as [TransferMessage, TransferMessage, TransferMessage]
    const foreign = { ...second, head: { ...head, document: { ...head.document, channel: 'device_state' } } }
    for (const wrong of [third, first, foreign]) {
      const assembly = new TransferAssembly()
      assembly.add(first)
      expect(assembly.add(wrong)).toEqual({ kind: 'broken' })
      expect([...transferMessages(run)].map((message) => assembly.add(message)).at(-1)?.kind).toBe('whole')
    }
  })
})

describe('frames of an answer', () => {
  test('hold many messages, and give them back', () => {
    const messages: Message[] = Array.from({ length: 500 }, () => [...transferMessages(run)]).flat()
    const frames = [...packFrames(messages)]
    expect(frames.length).toBeLessThan(10)
    const back = frames.flatMap(unpackFrame)
    expect(back.every(({ ok }) => ok)).toBe(true)
    expect(back.map((read) => (read.ok ? read.value : undefined))).toEqual(messages)
  })

  test('that are no DEFLATE, or inflate without end, are refused by name (invariant 10)', async () => {
    const { deflateRawSync } = await import('node:zlib')
    const bomb = new Uint8Array(deflateRawSync(new Uint8Array(64 * 1024 * 1024)))
    for (const frame of [Uint8Array.of(1, 2, 3), new Uint8Array(), bomb]) {
      expect(unpackFrame(frame)).toEqual([{ ok: false, reason: 'frame-not-deflated' }])
    }
  })
})
