import { beforeEach, describe, expect, test } from 'vitest'
import { EntityDocument } from '../../src/replica/entity-document.ts'
import type { Head, Transfer } from '../../src/replica/transfer.ts'
import { channel, entity, firstRun, harness, signedHead, standingsFrom, value, writer } from './setup.ts'
import type { Harness } from './setup.ts'

const id = { entity: entity(1), channel, shard: 0 }

let owner: Harness
let copy: Harness

beforeEach(() => {
  owner = writer(entity(1))
  copy = harness(entity(2))
})

const write = (...entries: [string, Uint8Array | undefined][]): Transfer[] =>
  owner.replica.write(channel, new Map(entries))

const signed = (version: Partial<Head['version']>, stateHash: Uint8Array): Head => signedHead(id, version, stateHash)

describe('what the owner says itself', () => {
  const noSignature = new Uint8Array(64)
  let next: Extract<Transfer, { kind: 'run' }>

  beforeEach(() => {
    copy.receiveAll(write(['a', value(1)]))
    next = firstRun(write(['a', value(2)]))
  })

  const unsigned = (transfer: Transfer): Transfer => {
    return { ...transfer, head: { ...transfer.head, signature: noSignature } }
  }
  const speak = (transfer: Transfer): object => copy.replica.receive(transfer, 'owner')
  const handedOn = (): Transfer[] => [...copy.replica.transfers(id, undefined)]

  test('counts before its signature is looked at, and is handed on when that is good', () => {
    expect(speak(next)).toMatchObject({ kind: 'applied', changes: 1 })
    expect(copy.state()).toEqual(owner.state())
    expect(copy.replica.prove()).toEqual([])
    expect(harness(entity(3)).receiveAll(handedOn())).toEqual(['applied'])
  })

  test('is handed on at once, as it is proven on the way', () => {
    speak(next)
    expect(harness(entity(3)).receiveAll(handedOn())).toEqual(['applied'])
    expect(copy.replica.prove()).toEqual([])
  })

  test('is handed to nobody when it is not what was signed, and does not stay', () => {
    expect(speak(unsigned(next))).toMatchObject({ kind: 'applied', changes: 1 })
    expect(handedOn()).toEqual([])
    expect([copy.replica.prove(), copy.replica.prove()]).toEqual([[id], []])
    expect([handedOn(), copy.state()]).toEqual([[], new Map()])
    expect(copy.mirror).toEqual(copy.state())
  })

  test('is good after all once a later step is signed', () => {
    speak(unsigned(next))
    expect(copy.receiveAll(write(['b', value(3)]))).toEqual(['applied'])
    expect(copy.replica.prove()).toEqual([])
    expect(harness(entity(3)).receiveAll(handedOn())).toEqual(['applied'])
  })

  test('cannot end an epoch that it did not sign', () => {
    speak(unsigned(next))
    const rebuilt = new EntityDocument(id, { incarnation: 1, nonce: 1 }, 2)
    const { root } = rebuilt.prospect(standingsFrom(0, [['a', value(2)]]))
    const rollOver: Transfer = { kind: 'roll-over', head: signed({ epoch: 2, clock: 1 }, root), from: 2 }
    expect(speak(rollOver)).toMatchObject({ kind: 'refused', reason: 'bad-signature', isSigned: true })
  })

  test.each<[string, (life: number) => Transfer]>([
    ['a snapshot', (life) => ({ ...next, from: 0, head: { ...signed({ incarnation: life }, next.head.stateHash) } })],
    ['a step that does not fit', () => ({ ...next, from: 5, head: signed({ clock: 6 }, next.head.stateHash) })],
  ])('needs its signature for %s', (_what, transferOf) => {
    expect(speak(unsigned(transferOf(2)))).toEqual({ kind: 'refused', reason: 'bad-signature', isSigned: false })
  })

  test('is checked like any other in all else', () => {
    const bytes = Uint8Array.from(next.updates[0] ?? [])
    bytes[bytes.length - 2] = 99
    expect(speak({ ...next, updates: [bytes] })).toMatchObject({ kind: 'refused', reason: 'state-mismatch' })
  })
})
