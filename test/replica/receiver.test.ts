import { beforeEach, describe, expect, test } from 'vitest'
import { EntityDocument } from '../../src/replica/entity-document.ts'
import { signedBytes } from '../../src/replica/head.ts'
import type { ReplicaOptions } from '../../src/replica/replica.ts'
import type { Head, Transfer } from '../../src/replica/transfer.ts'
import { item, update } from './hostile-update.ts'
import {
  channel,
  entity,
  firstRun,
  harness,
  keyOf,
  limits,
  pull,
  signatures,
  signedHead,
  standingsFrom,
  text,
  value,
  writer,
} from './setup.ts'
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

/** Everything a copy holds, to see that nothing moved. */
const held = (of: Harness): unknown => [of.state(), [...of.replica.heads()], of.replica.stats(), of.changes.length]

function expectUntouched(transfer: Transfer, expected: object): void {
  const before = held(copy)
  expect(copy.receive(transfer)).toMatchObject(expected)
  expect(held(copy)).toEqual(before)
}

/** A head of entity 1 as its owner would sign it. */
const signed = (
  version: Partial<Head['version']>,
  stateHash: Uint8Array,
  document: Partial<Head['document']> = {},
): Head => signedHead({ ...id, ...document }, version, stateHash)

describe('a transfer', () => {
  test('is applied where it continues the copy', () => {
    for (const transfers of [write(['a', value(1)]), write(['b', value(2)]), write(['a', undefined])]) {
      expect(copy.receive(firstRun(transfers))).toEqual({ kind: 'applied', changes: 1 })
      expect(copy.replica.head(id)).toEqual(transfers[0]?.head)
    }
    expect(copy.state()).toEqual(owner.state())
    expect(copy.mirror).toEqual(owner.mirror)
  })

  test('counts no change where the entries stay as they were', () => {
    const [first, second, third] = [write(['a', value(1)]), write(['a', undefined]), write(['a', value(1)])]
    copy.receiveAll(first)
    const both = { ...firstRun(third), from: 1, updates: [...firstRun(second).updates, ...firstRun(third).updates] }
    expect(copy.receive(both)).toEqual({ kind: 'applied', changes: 0 })
    expect(copy.replica.head(id)).toEqual(owner.replica.head(id))
  })

  test('is a duplicate the second time, and when a newer one was first (P2)', () => {
    const transfers = [...write(['a', value(1)]), ...write(['b', value(2)]), ...write(['a', value(3)])]
    copy.receiveAll(transfers)
    for (const transfer of transfers) expectUntouched(transfer, { kind: 'duplicate' })
    for (const transfer of owner.replica.transfers(id, undefined)) expectUntouched(transfer, { kind: 'duplicate' })
  })

  test('is a gap where something is missing, and says what is there', () => {
    const first = write(['a', value(1)])
    const [second, third] = [write(['b', value(2)]), write(['c', value(3)])]
    expectUntouched(firstRun(second), { kind: 'gap', have: undefined })
    copy.receiveAll(first)
    expectUntouched(firstRun(third), { kind: 'gap', have: { incarnation: 1, nonce: 1, epoch: 1, clock: 1 } })
    copy.receiveAll(second)
    const overlap = { ...firstRun(third), from: 1, updates: [...firstRun(second).updates, ...firstRun(third).updates] }
    expectUntouched(overlap, { kind: 'gap', have: { clock: 2 } })
    expect(copy.receiveAll(third)).toEqual(['applied'])
  })

  test('is a gap where an epoch or a life was missed', () => {
    copy.receiveAll(write(['a', value(1)]))
    const later = signed({ epoch: 2, clock: 5 }, new Uint8Array(32))
    const tail = { kind: 'run' as const, from: 4, updates: [Uint8Array.of(0)] }
    expectUntouched({ ...tail, head: later }, { kind: 'gap', have: { epoch: 1, clock: 1 } })
    expectUntouched({ ...tail, head: later, from: 1 }, { kind: 'gap', have: { epoch: 1, clock: 1 } })
    expectUntouched({ ...tail, head: signed({ incarnation: 2, clock: 5 }, new Uint8Array(32)) }, { kind: 'gap' })
    expectUntouched({ kind: 'roll-over', head: later, from: 9 }, { kind: 'gap' })
    expectUntouched(
      { kind: 'roll-over', head: signed({ epoch: 3, clock: 1 }, new Uint8Array(32)), from: 1 },
      { kind: 'gap' },
    )
    expectUntouched(
      { kind: 'roll-over', head: signed({ epoch: 2 }, new Uint8Array(32), { shard: 1 }), from: 1 },
      { kind: 'gap', have: undefined },
    )
  })

  test('of an epoch or a life that is over is stale, and never comes back (invariant 4)', () => {
    const old = write(['a', value(1)])
    copy.receiveAll(old)
    const renewed = owner.replica.begin({ incarnation: 2, nonce: 0 })
    copy.receiveAll(renewed)
    const known = { incarnation: 2, nonce: 0, epoch: 1, clock: 1 }
    expectUntouched(firstRun(old), { kind: 'stale', known })
    for (let turn = 0; copy.replica.head(id)?.version.epoch === 1; turn += 1) {
      copy.receiveAll(write([`k${turn % 9}`, value(turn + 5)]))
    }
    expectUntouched(firstRun(renewed), { kind: 'stale', known: copy.replica.head(id)?.version })
    const version = copy.replica.head(id)?.version
    const jump = signed({ ...version, epoch: 1, clock: 5000 }, new Uint8Array(32))
    expectUntouched({ kind: 'run', head: jump, from: 0, updates: [Uint8Array.of(0)] }, { kind: 'stale' })
  })

  test('of an earlier life is stale in every channel, also where nothing was held', () => {
    const first = write(['a', value(1)])
    const mwi = owner.replica.write('mwi', new Map([['100@default', value(1)]]))
    owner.replica.begin({ incarnation: 2, nonce: 0 })
    write(['b', value(2)])
    copy.receiveAll(owner.replica.transfers(id, undefined))
    expectUntouched(firstRun(mwi), { kind: 'stale', known: { incarnation: 2, nonce: 0, epoch: 0, clock: 0 } })
    expectUntouched(firstRun(first), { kind: 'stale' })
  })

  test('of an unknown entity is left alone', () => {
    copy = harness(entity(2), { verify: () => 'unknown-entity' })
    expectUntouched(firstRun(write(['a', value(1)])), { kind: 'unknown-entity' })
  })
})

describe('a whole document', () => {
  test('takes the place of a lagging copy, and only the difference is told', () => {
    copy.receiveAll(write(['kept', value(1)], ['changed', value(1)], ['removed', value(1)], ['gone', value(1)]))
    write(['changed', value(2)], ['removed', undefined], ['new', value(2)])
    owner.replica.write(channel, new Map(Array.from({ length: 70 }, (_, at) => [`k${at}`, value(1)])))
    for (let turn = 0; owner.replica.head(id)?.version.epoch !== 3; turn += 1) write([`k${turn % 70}`, value(turn + 2)])
    write(['gone', undefined], ...Array.from({ length: 70 }, (_, at): [string, undefined] => [`k${at}`, undefined]))
    const told = copy.changes.length
    const transfers = owner.replica.transfers(id, copy.replica.head(id)?.version)
    expect(transfers).toMatchObject([{ kind: 'run', from: 0 }])
    expect(copy.receiveAll(transfers)).toEqual(['applied'])
    expect(
      copy.changes
        .slice(told)
        .map(({ key, after }) => `${key} ${text(after) ?? '-'}`)
        .sort(),
    ).toEqual([`changed ${text(value(2))}`, 'gone -', `new ${text(value(2))}`, 'removed -'])
    expect(copy.state()).toEqual(owner.state())
  })

  test('of a later life ends all documents of the earlier one at once', () => {
    copy = harness(entity(2), { channels: [channel, 'mwi'] })
    copy.receiveAll(write(['kept', value(1)], ['gone', value(1)]))
    copy.receiveAll(owner.replica.write('mwi', new Map([['100@default', value(1)]])))
    const reborn = harness(entity(1))
    reborn.replica.begin({ incarnation: 2, nonce: 0 })
    const told = copy.changes.length
    expect(copy.receiveAll(reborn.replica.write(channel, new Map([['kept', value(1)]])))).toEqual(['applied'])
    expect(
      copy.changes
        .slice(told)
        .map(({ key, after }) => `${key} ${text(after) ?? '-'}`)
        .sort(),
    ).toEqual(['100@default -', 'gone -'])
    expect(copy.state()).toEqual(reborn.state())
    expect(copy.replica.lifeOf(entity(1))).toEqual({ incarnation: 2, nonce: 0 })
  })

  test('inside the epoch is as good as the tail', () => {
    copy.receiveAll(write(['a', value(1)]))
    write(['b', value(2)])
    expect(copy.receiveAll(owner.replica.transfers(id, undefined))).toEqual(['applied'])
    expect(copy.replica.head(id)).toEqual(owner.replica.head(id))
    expect(copy.changes.map(({ key }) => key)).toEqual(['a', 'b'])
    expect(copy.receiveAll(write(['a', value(3)]))).toEqual(['applied'])
  })
})

describe('the own entity', () => {
  test('is written here and nowhere else: a newer version of it is only told', () => {
    const clone = harness(entity(1))
    clone.replica.begin({ incarnation: 2, nonce: 0 })
    const foreign = clone.replica.write(channel, new Map([['a', value(9)]]))
    const own = write(['a', value(1)])
    const before = held(owner)
    expect(owner.receive(firstRun(foreign))).toEqual({ kind: 'own', version: foreign[0]?.head.version })
    expect(owner.receive(firstRun(own))).toEqual({ kind: 'duplicate' })
    expect(held(owner)).toEqual(before)
    expect(harness(entity(1)).receive(firstRun(own))).toMatchObject({ kind: 'own' })
    expect(clone.receive(firstRun(own))).toMatchObject({ kind: 'stale' })
  })

  test('is not spoken for by others', () => {
    const run = firstRun(write(['a', value(1)]))
    const head = { ...signed({ incarnation: 9 }, new Uint8Array(32)), signature: new Uint8Array(64) }
    const lie = { ...run, head }
    expect(owner.receive(lie)).toEqual({ kind: 'refused', reason: 'bad-signature', isSigned: false })
  })
})

// What a third party can make of an owner's words (invariant 6).
describe('a forged transfer is refused, and nothing of it is applied:', () => {
  let base: Transfer[]
  let next: Extract<Transfer, { kind: 'run' }>

  beforeEach(() => {
    base = write(['a', value(1)], ['b', value(2)])
    next = firstRun(write(['a', value(3)], ['b', value(4)]))
    copy.receiveAll(base)
  })

  const refuses = (transfer: Transfer, reason: string, isSigned: boolean): void =>
    expectUntouched(transfer, { kind: 'refused', reason, isSigned })

  test('another value', () => {
    const bytes = Uint8Array.from(next.updates[0] ?? [])
    bytes[bytes.length - 2] = 99
    refuses({ ...next, updates: [bytes] }, 'state-mismatch', true)
  })

  test('the same values in another order, which would set the copy against all that follows', () => {
    const swapped = update(2, item.follow(1, value(4)), item.follow(0, value(3)))
    refuses({ ...next, updates: [swapped] }, 'state-mismatch', true)
  })

  test('a key more', () => {
    const more = update(2, item.follow(0, value(3)), item.introduce('c', new Uint8Array(0)))
    refuses({ ...next, updates: [more] }, 'state-mismatch', true)
  })

  test('another hash', () => {
    refuses({ ...next, head: { ...next.head, stateHash: new Uint8Array(32) } }, 'bad-signature', false)
  })

  test.each([
    ['incarnation', { incarnation: 2 }],
    ['epoch', { epoch: 2 }],
    ['clock', { clock: 5 }],
  ])('another %s', (_, version) => {
    const head = { ...next.head, version: { ...next.head.version, ...version } }
    refuses({ ...next, head, from: 0 }, 'bad-signature', false)
  })

  test('another document', () => {
    const head = { ...next.head, document: { ...id, channel: 'mwi' } }
    refuses({ ...next, head, from: 0 }, 'bad-signature', false)
  })

  test('another beginning', () => {
    refuses({ ...next, from: 0 }, 'wrong-clock', true)
    expectUntouched({ ...next, from: 1 }, { kind: 'gap' })
  })

  test('the key of another entity', () => {
    const { signature: _, ...claim } = next.head
    const signature = signatures.sign(keyOf(entity(9)), signedBytes('test', claim))
    refuses({ ...next, head: { ...claim, signature } }, 'bad-signature', false)
  })

  test('the words of another cluster', () => {
    const { signature: _, ...claim } = next.head
    const signature = signatures.sign(keyOf(entity(1)), signedBytes('other', claim))
    refuses({ ...next, head: { ...claim, signature } }, 'bad-signature', false)
  })

  test('bytes that are no update', () => {
    refuses({ ...next, updates: [Uint8Array.of(1, 2, 3)] }, 'foreign-client', true)
    refuses({ ...next, updates: [new Uint8Array(0)] }, 'truncated', true)
  })

  test('two states for one version', () => {
    refuses({ ...next, head: signed({ clock: 2 }, new Uint8Array(32)), from: 1 }, 'equivocation', true)
    refuses(
      { ...next, head: { ...signed({ clock: 2 }, new Uint8Array(32)), signature: new Uint8Array(64) }, from: 1 },
      'bad-signature',
      false,
    )
  })

  test('a roll-over to other entries', () => {
    const { stateHash } = next.head
    refuses({ kind: 'roll-over', head: signed({ epoch: 2, clock: 2 }, stateHash), from: 2 }, 'state-mismatch', true)
    const id2 = { ...id, shard: 2 }
    const rebuilt = new EntityDocument(id2, { incarnation: 1, nonce: 1 }, 2)
    const standings = standingsFrom(0, [
      ['a', value(1)],
      ['b', value(2)],
    ])
    const { root } = rebuilt.prospect(standings)
    refuses({ kind: 'roll-over', head: signed({ epoch: 2, clock: 9 }, root), from: 2 }, 'state-mismatch', true)
    expect(copy.receive({ kind: 'roll-over', head: signed({ epoch: 2, clock: 2 }, root), from: 2 }).kind).toBe(
      'applied',
    )
  })

  test('what a transfer never looks like', () => {
    const { updates } = next
    refuses({ ...next, updates: [] }, 'malformed', false)
    refuses({ ...next, updates: Array(513).fill(updates[0]) }, 'malformed', false)
    refuses({ ...next, updates: [new Uint8Array(65_537)] }, 'malformed', false)
    refuses({ ...next, from: -1 }, 'malformed', false)
    refuses({ ...next, from: 1.5 }, 'malformed', false)
    refuses({ ...next, from: 4 }, 'malformed', false)
    refuses({ kind: 'roll-over', head: signed({ epoch: 1 }, new Uint8Array(32)), from: 2 }, 'malformed', false)
    refuses({ ...next, head: { ...next.head, signature: new Uint8Array(3) } }, 'malformed', false)
  })

  test('and the true one is still taken', () => {
    expect(copy.receiveAll([next])).toEqual(['applied'])
    expect(copy.state()).toEqual(owner.state())
  })
})

describe('the limits', () => {
  const copyWith = (options: Partial<ReplicaOptions>): void => {
    copy = harness(entity(2), options)
  }

  test('hold for values: the channel has a say, and only in what stays', () => {
    copyWith({ admit: (name, key, bytes) => ((bytes[7] ?? 13) === 13 ? `${name} ${key} is unlucky` : undefined) })
    copy.receiveAll(write(['a', value(1)]))
    const [bad, good] = [write(['b', value(2)], ['a', value(2, 13)]), write(['a', value(3)])]
    const detail = 'device_state a is unlucky'
    expectUntouched(firstRun(bad), { kind: 'refused', reason: 'value-refused', detail, isSigned: true })
    const both = { ...firstRun(good), from: 1, updates: [...firstRun(bad).updates, ...firstRun(good).updates] }
    expect(copy.receiveAll([both])).toEqual(['applied'])
    copy.receiveAll(write(['a', undefined]))
    expect(copy.state()).toEqual(owner.state())
  })

  test('hold for documents', () => {
    copyWith({ limits: { ...limits, documentsPerEntityMax: 1 }, channels: [channel, 'mwi'] } as Partial<ReplicaOptions>)
    copy.receiveAll(write(['a', value(1)]))
    const mwi = owner.replica.write('mwi', new Map([['a', value(1)]]))
    expectUntouched(firstRun(mwi), { kind: 'refused', reason: 'too-many-documents' })
    expectUntouched({ ...firstRun(mwi), head: signed({}, new Uint8Array(32), { shard: 1 }) }, { reason: 'malformed' })
    owner.replica.begin({ incarnation: 2, nonce: 0 })
    expect(copy.receiveAll(owner.replica.transfers({ ...id, channel: 'mwi' }, undefined))).toEqual(['applied'])
  })

  test('hold for entries', () => {
    copyWith({ limits: { ...limits, entriesPerEntityMax: 3 } })
    copy.receiveAll(write(['a', value(1)], ['b', value(1)]))
    const mwi = owner.replica.write(
      'mwi',
      new Map([
        ['a', value(1)],
        ['b', value(1)],
      ]),
    )
    expectUntouched(firstRun(mwi), { kind: 'refused', reason: 'too-many-entries' })
    const more = write(['c', value(1)], ['d', value(1)])
    expectUntouched(firstRun(more), { kind: 'refused', reason: 'too-many-entries' })
    const less = write(['a', undefined])
    const both = { ...firstRun(less), from: 2, updates: [...firstRun(more).updates, ...firstRun(less).updates] }
    expect(copy.receiveAll([both])).toEqual(['applied'])
    // What a document replaces does not count beside it.
    write(['b', value(2)])
    expect(copy.receiveAll(owner.replica.transfers(id, undefined))).toEqual(['applied'])
    owner.replica.begin({ incarnation: 2, nonce: 0 })
    expect(copy.receiveAll(owner.replica.transfers(id, undefined))).toEqual(['applied'])
  })

  test('hold for entities; a remembered life makes way for a living one', () => {
    copyWith({ limits: { ...limits, entitiesMax: 2 } })
    const others = [3, 4, 5].map((number) => writer(entity(number)))
    const runs = others.map((other) => firstRun(other.replica.write(channel, new Map([['a', value(1)]]))))
    copy.receiveAll(runs.slice(0, 2))
    const [, second, third] = runs
    if (second === undefined || third === undefined) throw new Error('three runs were written')
    expectUntouched(third, { kind: 'refused', reason: 'too-many-entities' })
    copy.replica.supersede(entity(7), { incarnation: 9, nonce: 9 })
    expect(copy.replica.lifeOf(entity(7))).toBeUndefined()
    copy.replica.drop(entity(3))
    expect(copy.receive(third)).toMatchObject({ kind: 'applied' })
    expect([...copy.replica.entities()]).toEqual([entity(4), entity(5)])
    expect(pull(copy, others[1] ?? owner)).toEqual([])
  })
})
