import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Transfer } from '../../src/replica/transfer.ts'
import { ed25519 } from '../../src/runtime/signature.ts'
import type { EntityId } from '../../src/state/entity-id.ts'
import type { Life } from '../../src/state/version.ts'
import '../support/seed.ts'
import { channel, entity, harness, limits, pull, text, value, writer, type Harness } from './setup.ts'

const channels = [channel, 'mwi']
/** So few keys a document that most entities have several. */
const small = { ...limits, keysPerDocumentMax: 6, documentsPerEntityMax: 10 }
const writers = [0, 1, 2]
const nodeCount = 6

type Op =
  | { kind: 'write'; writer: number; channel: number; turns: number; keys: number[] }
  | { kind: 'deliver'; node: number; at: number; mode: 'take' | 'repeat' | 'lose'; count: number }
  | { kind: 'pull'; node: number; from: number }
  | { kind: 'restart'; node: number; keepsEntries: boolean }
  | { kind: 'hear'; node: number; writer: number }
  | { kind: 'tick'; ms: number }

const node = fc.nat({ max: nodeCount - 1 })
const writerNumber = fc.nat({ max: 2 })
const op: fc.Arbitrary<Op> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('write' as const),
      writer: writerNumber,
      channel: fc.nat({ max: 1 }),
      turns: fc.integer({ min: 1, max: 40 }),
      keys: fc.uniqueArray(fc.nat({ max: 14 }), { minLength: 1, maxLength: 4 }),
    }),
  },
  {
    weight: 10,
    arbitrary: fc.record({
      kind: fc.constant('deliver' as const),
      node,
      at: fc.nat(),
      mode: fc.constantFrom('take' as const, 'take' as const, 'take' as const, 'repeat' as const, 'lose' as const),
      count: fc.integer({ min: 1, max: 40 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('pull' as const), node, from: node }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('restart' as const), node, keepsEntries: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('hear' as const), node, writer: writerNumber }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('tick' as const), ms: fc.constantFrom(1, 10_000, 30_000) }) },
)

/** Three writers, which keep copies of one another too, and three nodes that only keep copies. */
class World {
  nodes: Harness[]
  readonly inboxes: Transfer[][] = Array.from({ length: nodeCount }, () => [])
  readonly sent: Transfer[] = []
  /** What each writer said last in its present life, by channel and key. */
  readonly said = new Map<EntityId, Map<string, string>>()
  #incarnation = 0
  #stamp = 0

  constructor() {
    this.nodes = Array.from({ length: nodeCount }, (_, at) => harness(entity(at), { limits: small, channels }))
    for (const at of writers) this.begin(at)
  }

  life(): Life {
    this.#incarnation += 1
    return { incarnation: this.#incarnation, nonce: this.#incarnation % 3 }
  }

  node(at: number): Harness {
    const found = this.nodes[at]
    if (found === undefined) throw new Error('no such node')
    return found
  }

  begin(at: number): void {
    const { replica, self } = this.node(at)
    if (!this.said.has(self)) this.said.set(self, new Map())
    this.send(at, replica.begin(this.life()))
  }

  send(from: number, transfers: readonly Transfer[]): void {
    this.sent.push(...transfers)
    for (const [at, inbox] of this.inboxes.entries()) if (at !== from) inbox.push(...transfers)
  }

  take(at: number, transfer: Transfer): void {
    const { kind } = this.node(at).receive(transfer)
    expect(['applied', 'duplicate', 'stale', 'gap']).toContain(kind)
  }

  step(made: Op): void {
    if (made.kind === 'write') this.#write(made)
    else if (made.kind === 'deliver') this.#deliver(made)
    else if (made.kind === 'pull') this.pull(made.node, made.from)
    else if (made.kind === 'restart') this.#restart(made)
    else if (made.kind === 'hear') this.hear(made.node, made.writer)
    else for (const { clock } of this.nodes) clock.advance(made.ms)
  }

  #write({ writer, channel: number, turns, keys }: Extract<Op, { kind: 'write' }>): void {
    const { replica, self } = this.node(writer)
    const name = channels[number] ?? channel
    for (let turn = 0; turn < turns; turn += 1) {
      const changes = new Map<string, Uint8Array | undefined>()
      for (const key of keys) {
        this.#stamp += 1
        const bytes = (key + turn) % 7 === 0 ? undefined : value(this.#stamp)
        changes.set(`k${(key + turn) % 15}`, bytes)
      }
      this.send(writer, replica.write(name, changes))
      for (const [key, bytes] of changes) {
        if (bytes === undefined) this.said.get(self)?.delete(`${name} ${key}`)
        else this.said.get(self)?.set(`${name} ${key}`, text(bytes) ?? '')
      }
    }
    expect(replica.stats().documents.every(({ live, overwritten }) => overwritten <= live + 64)).toBe(true)
  }

  #deliver({ node: at, at: start, mode, count }: Extract<Op, { kind: 'deliver' }>): void {
    const inbox = this.inboxes[at] ?? []
    for (let turn = 0; turn < count && inbox.length > 0; turn += 1) {
      // Mostly the oldest, sometimes any other.
      const index = start % 3 === 0 ? (start + turn) % inbox.length : 0
      const transfer = inbox[index]
      if (transfer !== undefined && mode !== 'lose') this.take(at, transfer)
      if (mode !== 'repeat') inbox.splice(index, 1)
      else if (transfer !== undefined) this.take(at, transfer)
    }
  }

  pull(at: number, from: number): number {
    if (at === from) return 0
    const kinds = pull(this.node(at), this.node(from))
    expect(kinds.filter((kind) => kind !== 'applied' && kind !== 'stale')).toEqual([])
    return kinds.filter((kind) => kind === 'applied').length
  }

  #restart({ node: at, keepsEntries }: Extract<Op, { kind: 'restart' }>): void {
    const isWriter = writers.includes(at)
    if (isWriter && keepsEntries) {
      this.begin(at)
      return
    }
    this.nodes[at] = harness(entity(at), { limits: small, channels })
    this.said.delete(entity(at))
    if (isWriter) this.begin(at)
  }

  hear(at: number, writer: number): void {
    const life = this.node(writer).replica.lifeOf(entity(writer))
    if (life !== undefined) this.node(at).replica.supersede(entity(writer), life)
  }

  /** What everybody should hold of the writers in the end. */
  expected(): Map<string, string> {
    const all = new Map<string, string>()
    for (const [self, said] of this.said) for (const [key, bytes] of said) all.set(`${self} ${key}`, bytes)
    return all
  }
}

// P1, P2 (invariants 1, 3 and 4)
test('copies converge on the last words of the living, whatever was lost, repeated, reordered or restarted', () => {
  fc.assert(
    fc.property(fc.array(op, { maxLength: 40 }), fc.array(fc.tuple(node, node), { maxLength: 20 }), (ops, order) => {
      const world = new World()
      for (const made of ops) world.step(made)
      for (const at of world.nodes.keys()) for (const writer of writers) world.hear(at, writer)
      for (const [at, from] of order) world.pull(at, from)
      // From writers or from copies alike, until nobody has anything newer for anybody.
      for (let moved = 1; moved > 0;) {
        moved = 0
        for (const at of world.nodes.keys()) for (const from of world.nodes.keys()) moved += world.pull(at, from)
      }
      for (const { mirror, state } of world.nodes) {
        expect(state()).toEqual(world.expected())
        expect(mirror).toEqual(world.expected())
      }
      for (const each of world.nodes) {
        const signatures = (of: Harness): Set<string | undefined> =>
          new Set([...of.replica.heads()].map((head) => text(head.signature)))
        expect(signatures(each)).toEqual(signatures(world.node(0)))
      }
      for (const at of world.nodes.keys()) {
        const told = world.node(at).changes.length
        for (const transfer of world.sent) {
          const isOwn = transfer.head.document.entity === entity(at)
          if (!isOwn) expect(['duplicate', 'stale']).toContain(world.node(at).receive(transfer).kind)
        }
        expect(world.node(at).changes).toHaveLength(told)
      }
    }),
    { numRuns: 150 },
  )
}, 120_000)

describe('a copy that lags over a roll-over', () => {
  const id = { entity: entity(1), channel, shard: 0 }

  test.each([
    ['a tail within the time of grace', 0, ['run', 'roll-over', 'run']],
    ['a whole document after it', 30_000, ['run']],
  ])('gets %s', (_, waitMs, kinds) => {
    const owner = writer(entity(1))
    const lagging = harness(entity(2))
    for (let turn = 0; turn < 260; turn += 1) {
      const transfers = owner.replica.write(channel, new Map([[`k${turn % 50}`, value(turn + 1)]]))
      if (turn < 100) lagging.receiveAll(transfers)
    }
    owner.clock.advance(waitMs)
    const transfers = owner.replica.transfers(id, lagging.replica.head(id)?.version)
    expect(transfers.map(({ kind }) => kind)).toEqual(kinds)
    const told = lagging.changes.length
    expect(new Set(lagging.receiveAll(transfers))).toEqual(new Set(['applied']))
    expect(lagging.changes.length - told).toBeGreaterThanOrEqual(50)
    expect(lagging.state()).toEqual(owner.state())
    expect(lagging.replica.head(id)).toEqual(owner.replica.head(id))
  })

  test('is not held up by a roll-over that was lost', () => {
    const owner = writer(entity(1))
    const lagging = harness(entity(2))
    const seen = []
    for (let turn = 0; turn < 200; turn += 1) {
      const transfers = owner.replica.write(channel, new Map([[`k${turn % 9}`, value(turn + 1)]]))
      for (const transfer of transfers.filter(({ kind }) => kind === 'run')) {
        const { kind } = lagging.receive(transfer)
        seen.push(kind)
        if (kind === 'gap') pull(lagging, owner)
      }
    }
    expect(new Set(seen)).toEqual(new Set(['applied', 'gap']))
    expect(lagging.state()).toEqual(owner.state())
  })
})

test('an entity with many documents reads as one plain map would', () => {
  const write = fc.array(fc.tuple(fc.nat({ max: 60 }), fc.boolean()), { minLength: 1, maxLength: 30 })
  fc.assert(
    fc.property(fc.array(write, { maxLength: 25 }), (writes) => {
      const many = { ...limits, keysPerDocumentMax: 7, documentsPerEntityMax: 16 }
      const owner = writer(entity(1), { limits: many })
      const copy = harness(entity(2), { limits: many })
      const model = new Map<string, string>()
      let stamp = 0
      for (const entries of writes) {
        const changes = new Map<string, Uint8Array | undefined>()
        for (const [key, isLive] of entries) changes.set(`k${key}`, isLive ? value((stamp += 1)) : undefined)
        copy.receiveAll(owner.replica.write(channel, changes))
        for (const [key, bytes] of changes) {
          if (bytes === undefined) model.delete(`${entity(1)} ${channel} ${key}`)
          else model.set(`${entity(1)} ${channel} ${key}`, text(bytes) ?? '')
        }
        expect(owner.mirror).toEqual(model)
        expect(copy.mirror).toEqual(model)
      }
      expect(owner.state()).toEqual(model)
      expect(copy.state()).toEqual(model)
      expect(copy.replica.stats().documents).toEqual(owner.replica.stats().documents)
    }),
    { numRuns: 100 },
  )
})

test('heads are found by entity and channel', () => {
  const owner = writer(entity(1), { channels })
  const other = writer(entity(2))
  owner.replica.write(channel, new Map([['a', value(1)]]))
  owner.replica.write('mwi', new Map([['a', value(1)]]))
  pull(other, owner)
  other.replica.write(channel, new Map([['a', value(1)]]))
  const names = (filter?: { entity?: EntityId; channel?: string }): string[] =>
    [...other.replica.heads(filter)].map(({ document }) => `${document.entity.at(-1)} ${document.channel}`).sort()
  expect(names()).toEqual(['1 device_state', '1 mwi', '2 device_state'])
  expect(names({ entity: entity(1) })).toEqual(['1 device_state', '1 mwi'])
  expect(names({ channel })).toEqual(['1 device_state', '2 device_state'])
  expect(names({ entity: entity(3) })).toEqual([])
  expect(other.replica.stats()).toMatchObject({ entities: 2, live: 3, structs: 3 })
})

test('all of it holds with real signatures', () => {
  const real = ed25519()
  const key = real.generate()
  const keys = {
    sign: (bytes: Uint8Array) => real.sign(key, bytes),
    verify: (_: EntityId, bytes: Uint8Array, signature: Uint8Array) =>
      real.verify(key.publicKey, bytes, signature) ? ('good' as const) : ('bad' as const),
  }
  const owner = writer(entity(1), keys)
  const copy = harness(entity(2), keys)
  for (let turn = 0; turn < 150; turn += 1) {
    copy.receiveAll(owner.replica.write(channel, new Map([[`k${turn % 9}`, value(turn + 1)]])))
  }
  expect(copy.state()).toEqual(owner.state())
  const transfer = owner.replica.write(channel, new Map([['a', value(1)]]))[0]
  if (transfer === undefined) throw new Error('a run was written')
  const signature = Uint8Array.from(transfer.head.signature)
  signature[5] = (signature[5] ?? 0) ^ 1
  expect(copy.receive({ ...transfer, head: { ...transfer.head, signature } })).toMatchObject({
    reason: 'bad-signature',
  })
  expect(copy.receive(transfer)).toMatchObject({ kind: 'applied' })
})
