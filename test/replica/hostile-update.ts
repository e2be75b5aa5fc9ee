import { createEncoder, toUint8Array, writeUint8, writeUint8Array, writeVarString, writeVarUint } from 'lib0/encoding'
import type { Encoder } from 'lib0/encoding'
import { Array as YArray, Doc, encodeStateAsUpdate, encodeStateAsUpdateV2 } from 'yjs'
import type { UpdateFault } from '../../src/replica/update-reader.ts'
import { value } from './setup.ts'

type Write = (encoder: Encoder) => void

export const bytesFrom = (write: Write): Uint8Array => {
  const encoder = createEncoder()
  write(encoder)
  return toUint8Array(encoder)
}

export const numbers = (...values: number[]): Uint8Array =>
  bytesFrom((encoder) => {
    for (const number of values) writeVarUint(encoder, number)
  })

/** A number in more bytes than it needs. */
const padded = Uint8Array.of(0x81, 0x00)

export const item = {
  introduce: (key: string, content: Uint8Array, root = 'm'): Uint8Array =>
    bytesFrom((encoder) => {
      writeUint8(encoder, 0x23)
      writeVarUint(encoder, 1)
      writeVarString(encoder, root)
      writeVarString(encoder, key)
      writeVarUint(encoder, content.length)
      writeUint8Array(encoder, content)
    }),
  follow: (origin: number, content: Uint8Array, client = 1): Uint8Array =>
    bytesFrom((encoder) => {
      writeUint8(encoder, 0xa3)
      writeVarUint(encoder, client)
      writeVarUint(encoder, origin)
      writeVarUint(encoder, content.length)
      writeUint8Array(encoder, content)
    }),
  deleteAfter: (origin: number, length: number): Uint8Array => Uint8Array.of(0xa1, ...numbers(1, origin, length)),
  introduceDeleted: (key: string, length: number): Uint8Array =>
    bytesFrom((encoder) => {
      writeUint8(encoder, 0x21)
      writeVarUint(encoder, 1)
      writeVarString(encoder, 'm')
      writeVarString(encoder, key)
      writeVarUint(encoder, length)
    }),
}

export const joined = (...parts: readonly Uint8Array[]): Uint8Array => new Uint8Array(Buffer.concat(parts))

/** An update of client 1 with these items and no deletions. */
export const update = (clock: number, ...items: readonly Uint8Array[]): Uint8Array =>
  joined(numbers(1, items.length, 1, clock), ...items, Uint8Array.of(0))

export interface Attack {
  readonly name: string
  readonly updates: readonly Uint8Array[]
  /** The clock that the forged head speaks of. */
  readonly end: number
  readonly fault: UpdateFault
}

/** The keys that stand when an attack comes: `a` at clock 0 (overwritten), `b` at 1, `a` again at 2. */
export const standingClock = 3
export const standingUpdate = (): Uint8Array =>
  update(0, item.introduceDeleted('a', 1), item.introduce('b', value(2)), item.follow(0, value(3)))

function fromYjs(act: (doc: Doc) => void): Uint8Array {
  const doc = new Doc()
  doc.clientID = 1
  act(doc)
  return encodeStateAsUpdate(doc)
}

const clock = standingClock
const good = item.follow(2, value(9))
const one = (name: string, fault: UpdateFault, bytes: Uint8Array, end = clock + 1): Attack => ({
  name,
  updates: [bytes],
  end,
  fault,
})

/** What facts/crdt.md, section 3, found to hurt a Yjs document, and every rule of the check broken alone. */
export function attacks(): Attack[] {
  const garbage = (struct: Uint8Array): Uint8Array => update(clock, struct)
  return [
    one('33 million structs in 7 bytes', 'too-many-items', numbers(1, 33_000_000, 1, clock)),
    one("a GC struct in place of the victim's next items", 'collected-item', garbage(numbers(0, 1))),
    one('a skipped range', 'collected-item', garbage(numbers(10, 1))),
    one(
      'a deletion of all future items',
      'delete-set',
      joined(numbers(1, 1, 1, clock), good, numbers(1, 1, 1, clock + 1, 2 ** 49 - 1)),
    ),
    one(
      'a delete set of unknown ids',
      'delete-set',
      joined(numbers(1, 1, 1, clock), good, numbers(20_000, 7, 1, 1, 1)),
    ),
    one('a delete set alone', 'foreign-client', numbers(0, 1, 1, 1, 0, 1)),
    one(
      'too many items for one key',
      'too-many-items',
      update(clock, ...Array.from({ length: 5000 }, (_, at) => item.follow(at === 0 ? 2 : clock + at - 1, value(9)))),
      clock + 5000,
    ),
    one('many root names', 'foreign-parent', update(clock, item.introduce('k', value(1), 'n'))),
    one(
      'a root name that only starts like the right one',
      'foreign-parent',
      update(clock, item.introduce('k', value(1), 'mm')),
    ),
    one(
      'nested types',
      'foreign-content',
      fromYjs((doc) => {
        let nested = new YArray<unknown>()
        doc.getMap('m').set('k', nested)
        for (let depth = 0; depth < 100; depth += 1) {
          const inner = new YArray<unknown>()
          nested.insert(0, [inner])
          nested = inner
        }
      }).with(3, clock),
      clock + 101,
    ),
    one('a value of any kind', 'foreign-content', fromYjs((doc) => doc.getMap('m').set('k', 1)).with(3, clock)),
    one('a sub-document', 'foreign-content', fromYjs((doc) => doc.getMap('m').set('k', new Doc())).with(3, clock)),
    one('text', 'foreign-content', fromYjs((doc) => doc.getText('m').insert(0, 'x')).with(3, clock)),
    one(
      'a list item in the root map',
      'foreign-parent',
      fromYjs((doc) => doc.getArray('m').push([value(1)])).with(3, clock),
    ),
    one('the child of another item', 'foreign-parent', update(clock, Uint8Array.of(0x23, 0, 1, 0, 1, 0x6b, 0))),
    one('nothing', 'truncated', new Uint8Array(0)),
    one('zeros', 'foreign-client', new Uint8Array(100)),
    one('an empty update', 'foreign-client', Uint8Array.of(0, 0)),
    one('ones', 'malformed-number', new Uint8Array(100).fill(255)),
    one('no items', 'no-items', numbers(1, 0, 1, clock, 0)),
    one('a value that reaches beyond the end', 'truncated', Uint8Array.of(1, 1, 1, clock, 0xa3, 1, 2, 100)),
    one('a key that reaches beyond the end', 'truncated', Uint8Array.of(1, 1, 1, clock, 0x23, 1, 1, 0x6d, 60, 0)),
    one(
      'a good update in the second format',
      'foreign-client',
      (() => {
        const doc = new Doc()
        doc.clientID = 1
        doc.getMap('m').set('k', value(1))
        return encodeStateAsUpdateV2(doc)
      })(),
    ),
    one('another client', 'foreign-client', joined(numbers(1, 1, 2, clock), good, Uint8Array.of(0))),
    one(
      'two clients',
      'foreign-client',
      joined(numbers(2, 1, 1, clock), good, numbers(1, 2, 0), good, Uint8Array.of(0)),
    ),
    one('a client number of 53 bits', 'malformed-number', joined(numbers(1, 1, 2 ** 53 - 1, clock), good)),
    one('a clock ahead', 'wrong-clock', update(clock + 1, good)),
    one('a clock behind', 'wrong-clock', update(clock - 1, good)),
    one('a padded number', 'malformed-number', joined(padded, numbers(1, 1, clock), good, Uint8Array.of(0))),
    one('a trailing byte', 'trailing-bytes', joined(update(clock, good), Uint8Array.of(0))),
    one('an item before another one', 'right-origin', update(clock, Uint8Array.of(0x63, 1, 1, 1, 0))),
    one('an item between two others', 'right-origin', update(clock, Uint8Array.of(0xe3, 1, 1, 1, 2, 1, 0))),
    one("an item after another client's", 'foreign-origin', update(clock, item.follow(2, value(9), 2))),
    one('an item after an overwritten one', 'stale-origin', update(clock, item.follow(0, value(9)))),
    one('an item after itself', 'stale-origin', update(clock, item.follow(clock, value(9)))),
    one('an item after one to come', 'stale-origin', update(clock, item.follow(clock + 1, value(9)), good), clock + 2),
    one('two items after the same one', 'stale-origin', update(clock, good, good), clock + 2),
    one('a known key introduced again', 'repeated-key', update(clock, item.introduce('a', value(9)))),
    one(
      'a new key introduced twice',
      'repeated-key',
      update(clock, item.introduce('k', value(9)), item.introduce('k', value(9))),
      clock + 2,
    ),
    one('an empty key', 'malformed-key', update(clock, item.introduce('', value(9)))),
    one('a key that is too long', 'malformed-key', update(clock, item.introduce('k'.repeat(65), value(9)))),
    one(
      'a key that is no UTF-8',
      'malformed-key',
      update(clock, Uint8Array.of(0x23, 1, 1, 0x6d, 3, 0xed, 0xa0, 0x80, 0)),
    ),
    one('a value that is too long', 'value-too-long', update(clock, item.follow(2, new Uint8Array(129)))),
    one('a deletion of nothing', 'malformed-deletion', update(clock, item.deleteAfter(2, 0))),
    one('a deletion without end', 'malformed-deletion', update(clock, item.deleteAfter(2, 2 ** 49 - 1))),
    one('a known key left deleted', 'missing-value', update(clock, item.deleteAfter(2, 1))),
    one('a new key left deleted', 'missing-value', update(clock, item.introduceDeleted('k', 1))),
    one('fewer items than the head says', 'wrong-end', update(clock, good), clock + 2),
    one('more items than the head says', 'wrong-end', update(clock, good, item.follow(1, value(9)))),
    {
      name: 'a second update that leaves a gap',
      updates: [update(clock, good), update(clock + 2, item.follow(1, value(9)))],
      end: clock + 3,
      fault: 'wrong-clock',
    },
    {
      name: 'a second update that overlaps',
      updates: [update(clock, good), update(clock, good)],
      end: clock + 2,
      fault: 'wrong-clock',
    },
    {
      name: 'items where the head says there are none',
      updates: [update(0, item.introduce('k', value(1)))],
      end: 0,
      fault: 'wrong-end',
    },
  ]
}
