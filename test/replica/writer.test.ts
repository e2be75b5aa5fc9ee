import { describe, expect, test } from 'vitest'
import { Failure } from '../../src/runtime/failure.ts'
import { channel, entity, firstRun, harness, limits, pull, text, value, writer, type Harness } from './setup.ts'

const self = entity(1)
const id = { entity: self, channel, shard: 0 }

function failureOf(act: () => unknown): string {
  try {
    act()
  } catch (error) {
    if (Failure.is(error)) return error.code
    throw error
  }
  return 'none'
}

const many = (count: number, start = 0): Map<string, Uint8Array> =>
  new Map(Array.from({ length: count }, (_, at) => [`key-${start + at}`, value(start + at + 1)]))

const heads = (owner: Harness): string[] =>
  [...owner.replica.heads()].map(({ document, version }) => `${document.shard}: ${version.epoch}.${version.clock}`)

describe('a write', () => {
  test('is one signed run with one update, and tells what changed', () => {
    const owner = writer(self)
    const transfers = owner.replica.write(
      channel,
      new Map([
        ['a', value(1)],
        ['b', value(2)],
      ]),
    )
    expect(transfers).toMatchObject([{ kind: 'run', from: 0, head: { document: id, version: { epoch: 1, clock: 2 } } }])
    expect(firstRun(transfers).updates).toHaveLength(1)
    expect(owner.changes.map(({ key, before, after }) => [key, text(before), text(after)])).toEqual([
      ['a', undefined, text(value(1))],
      ['b', undefined, text(value(2))],
    ])
    expect(owner.replica.head(id)).toEqual(transfers[0]?.head)
  })

  test('leaves out what changes nothing', () => {
    const owner = writer(self)
    owner.replica.write(channel, new Map([['a', value(1)]]))
    expect(
      owner.replica.write(
        channel,
        new Map([
          ['a', value(1)],
          ['b', undefined],
        ]),
      ),
    ).toEqual([])
    owner.replica.write(channel, new Map([['a', undefined]]))
    expect(owner.replica.write(channel, new Map([['a', undefined]]))).toEqual([])
    expect(owner.replica.write(channel, new Map())).toEqual([])
    expect(owner.replica.head(id)?.version.clock).toBe(2)
    expect(owner.changes).toHaveLength(2)
  })

  test("keeps no hold of the caller's bytes, and takes Node buffers", () => {
    const owner = writer(self)
    const bytes = Buffer.from(value(1))
    owner.replica.write(channel, new Map([['a', bytes]]))
    bytes.fill(255)
    expect(owner.replica.get(self, channel, 'a')).toEqual(value(1))
  })

  test('brings a key back that was removed', () => {
    const owner = writer(self)
    const copy = harness(entity(2))
    for (const bytes of [value(1), undefined, value(2)]) {
      copy.receiveAll(owner.replica.write(channel, new Map([['a', bytes]])))
    }
    expect(copy.state()).toEqual(owner.state())
    expect(owner.replica.get(self, channel, 'a')).toEqual(value(2))
  })

  test('is cut into runs that fit one update each', () => {
    const small = { ...limits, updateMaxBytes: 1000 }
    const owner = writer(self, { limits: small })
    const copy = harness(entity(2), { limits: small })
    const transfers = owner.replica.write(channel, many(200))
    expect(transfers.length).toBeGreaterThan(10)
    for (const transfer of transfers) {
      expect(firstRun([transfer]).updates).toHaveLength(1)
      expect(firstRun([transfer]).updates[0]?.length).toBeLessThanOrEqual(1000)
    }
    expect(new Set(copy.receiveAll(transfers))).toEqual(new Set(['applied']))
    expect(copy.state()).toEqual(owner.state())
  })

  test('of the longest keys and values fits', () => {
    const exact = { ...limits, updateMaxBytes: limits.keyMaxBytes + limits.valueMaxBytes + 64 }
    const owner = writer(self, { limits: exact })
    const copy = harness(entity(2), { limits: exact })
    const longest = (letter: string): [string, Uint8Array] => [letter.repeat(64), new Uint8Array(128).fill(1)]
    const transfers = owner.replica.write(channel, new Map([longest('a'), longest('b'), longest('c')]))
    expect(copy.receiveAll(transfers)).toEqual(['applied', 'applied', 'applied'])
    expect(copy.state()).toEqual(owner.state())
  })
})

describe('new keys', () => {
  test('go into the lowest document with room, known ones stay', () => {
    const small = { ...limits, keysPerDocumentMax: 10 }
    const owner = writer(self, { limits: small })
    const copy = harness(entity(2), { limits: small })
    copy.receiveAll(owner.replica.write(channel, many(25)))
    expect(heads(owner)).toEqual(['0: 1.10', '1: 1.10', '2: 1.5'])
    copy.receiveAll(
      owner.replica.write(
        channel,
        new Map([
          ['key-3', value(99)],
          ['key-24', value(99)],
          ['x', value(1)],
        ]),
      ),
    )
    expect(heads(owner)).toEqual(['0: 1.11', '1: 1.10', '2: 1.7'])
    expect(copy.state()).toEqual(owner.state())
  })

  test('take the room that a roll-over makes', () => {
    const small = { ...limits, keysPerDocumentMax: 100 }
    const owner = writer(self, { limits: small })
    owner.replica.write(channel, many(150))
    owner.replica.write(channel, new Map([...many(90).keys()].map((key) => [key, undefined])))
    expect(heads(owner)).toEqual(['0: 2.10', '1: 1.50'])
    owner.replica.write(channel, many(80, 1000))
    expect(heads(owner)).toEqual(['0: 2.90', '1: 1.50'])
  })

  test('of several channels share the room of their entity', () => {
    const small = { ...limits, documentsPerEntityMax: 2, keysPerDocumentMax: 10 }
    const owner = writer(self, { limits: small, channels: [channel, 'mwi'] })
    owner.replica.write(channel, many(10))
    owner.replica.write('mwi', many(1))
    expect(failureOf(() => owner.replica.write(channel, many(1, 100)))).toBe('limit-reached')
    expect(failureOf(() => owner.replica.write('third', many(1)))).toBe('limit-reached')
    owner.replica.write('mwi', many(9, 1))
    expect(owner.state().size).toBe(20)
  })
})

describe('a write that fails', () => {
  const small = { ...limits, entriesPerEntityMax: 5, keysPerDocumentMax: 3, documentsPerEntityMax: 2 }
  const refusals: [string, string, Map<string, Uint8Array | undefined>][] = [
    ['an empty key', 'invalid-argument', new Map([['', value(1)]])],
    ['a long key', 'invalid-argument', new Map([['é'.repeat(33), value(1)]])],
    ['a key that has no UTF-8', 'invalid-argument', new Map([['a\udfff', value(1)]])],
    ['an empty value', 'invalid-argument', new Map([['b', new Uint8Array(0)]])],
    ['a long value', 'invalid-argument', new Map([['b', new Uint8Array(129)]])],
    ['a value the channel refuses', 'invalid-argument', new Map([['b', value(1, 13)]])],
    ['too many entries', 'limit-reached', many(5)],
    ['too many documents', 'limit-reached', new Map([...many(4), ['a', undefined]])],
  ]

  test.each(refusals)('for %s changes nothing', (_, code, changes) => {
    const owner = writer(self, {
      limits: small,
      admit: (_channel, _key, bytes) => (bytes[7] === 13 ? 'unlucky' : undefined),
    })
    owner.replica.write(
      channel,
      new Map([
        ['a', value(1)],
        ['r', value(1)],
        ['s', value(1)],
      ]),
    )
    owner.replica.write(channel, new Map(['r', 's'].map((key) => [key, undefined])))
    const before = [owner.state(), heads(owner), owner.changes.length]
    const mixed = new Map([['a', value(7)], ...changes])
    expect(failureOf(() => owner.replica.write(channel, mixed))).toBe(code)
    expect([owner.state(), heads(owner), owner.changes.length]).toEqual(before)
  })

  test('for lack of a signature changes nothing', () => {
    let isBroken = false
    const owner = writer(self, {
      sign: () => {
        if (isBroken) throw new Error('no key')
        return new Uint8Array(64)
      },
    })
    owner.replica.write(channel, many(3))
    isBroken = true
    const before = [owner.state(), heads(owner)]
    expect(() => owner.replica.write(channel, many(3, 3))).toThrow('no key')
    expect([owner.state(), heads(owner)]).toEqual(before)
    isBroken = false
    expect(firstRun(owner.replica.write(channel, many(3, 3))).from).toBe(3)
  })

  test('before the life has begun, or in a channel without a name', () => {
    const early = harness(self)
    expect(failureOf(() => early.replica.write(channel, many(1)))).toBe('not-running')
    expect(failureOf(() => writer(self).replica.write('', many(1)))).toBe('invalid-argument')
  })
})

describe('a new life', () => {
  test('takes the live entries along, tells nothing, and is announced whole', () => {
    const owner = writer(self, { channels: [channel, 'mwi'] })
    const copy = harness(entity(2), { channels: [channel, 'mwi'] })
    owner.replica.write(channel, many(30))
    owner.replica.write(
      channel,
      new Map([
        ['key-3', undefined],
        ['key-4', value(99)],
      ]),
    )
    owner.replica.write('mwi', many(3))
    pull(copy, owner)
    const [before, told] = [owner.state(), owner.changes.length]
    const transfers = owner.replica.begin({ incarnation: 1, nonce: 2 })
    expect(owner.state()).toEqual(before)
    expect(owner.changes).toHaveLength(told)
    expect(transfers.map(({ kind, from, head }) => [kind, from, head.document.channel, head.version])).toEqual([
      ['run', 0, channel, { incarnation: 1, nonce: 2, epoch: 1, clock: 29 }],
      ['run', 0, 'mwi', { incarnation: 1, nonce: 2, epoch: 1, clock: 3 }],
    ])
    expect(copy.receiveAll(transfers)).toEqual(['applied', 'applied'])
    expect(copy.state()).toEqual(before)
    expect(owner.replica.lifeOf(self)).toEqual({ incarnation: 1, nonce: 2 })
  })

  test('leaves documents without entries behind', () => {
    const owner = writer(self)
    owner.replica.write(channel, many(2))
    owner.replica.write(channel, new Map([...many(2).keys()].map((key) => [key, undefined])))
    expect(owner.replica.begin({ incarnation: 2, nonce: 0 })).toEqual([])
    expect(heads(owner)).toEqual([])
    expect([...owner.replica.entities()]).toEqual([])
  })

  test('is a later one', () => {
    const owner = harness(self)
    owner.replica.begin({ incarnation: 5, nonce: 5 })
    for (const life of [
      { incarnation: 5, nonce: 5 },
      { incarnation: 5, nonce: 4 },
      { incarnation: 4, nonce: 9 },
    ]) {
      expect(failureOf(() => owner.replica.begin(life))).toBe('invalid-argument')
    }
    expect(owner.replica.begin({ incarnation: 5, nonce: 6 })).toEqual([])
  })
})
