import { textOf } from '../runtime/byte-text.ts'
import { Failure } from '../runtime/failure.ts'
import type { DocumentId } from '../state/document-id.ts'
import type { EntityId } from '../state/entity-id.ts'
import { compareLives, versionIn, type Life } from '../state/version.ts'
import { EntityDocument } from './entity-document.ts'
import { isChannelName, signedBytes, signedPrefix } from './head.ts'
import type { Holdings } from './holdings.ts'
import { changeMaxBytes, itemMaxBytes, type ReplicaLimits } from './limits.ts'
import { isRollOverDue, rebuilt } from './roll-over.ts'
import type { Standing } from './state-hash.ts'
import { snapshot } from './supply.ts'
import type { UpdateBounds } from './tail.ts'
import type { Head, Transfer } from './transfer.ts'

export interface WriterOptions {
  readonly self: EntityId
  readonly cluster: string
  readonly limits: ReplicaLimits
  readonly sign: (bytes: Uint8Array) => Uint8Array
  readonly admit: (channel: string, key: string, value: Uint8Array) => string | undefined
}

/** What a removed key holds until the next roll-over drops it. */
const absent = ''

/** Writes the own entity's documents: the only place where a head is signed. */
export class Writer {
  readonly #options: WriterOptions
  readonly #holdings: Holdings
  readonly #bounds: UpdateBounds
  /** What the signed bytes of each document's heads begin with. */
  readonly #prefixes = new WeakMap<DocumentId, Uint8Array>()
  #life: Life | undefined

  constructor(options: WriterOptions, holdings: Holdings, bounds: UpdateBounds) {
    this.#options = options
    this.#holdings = holdings
    this.#bounds = bounds
  }

  /** See `Replica.begin`. */
  begin(life: Life): Transfer[] {
    if (this.#life !== undefined && compareLives(life, this.#life) <= 0) {
      throw new Failure('invalid-argument', 'an entity can only begin a later life than the one it leads')
    }
    const { self } = this.#options
    const transfers: Transfer[] = []
    const renewed = []
    for (const document of this.#holdings.documents(self)) {
      if (document.live === 0) continue
      const next = rebuilt(document, life, 1)
      const head = this.#signedHead(next, next.clock, next.stateHash)
      next.head = head
      renewed.push(next)
      transfers.push(snapshot(next, head, this.#bounds))
    }
    this.#holdings.renew(self, life, renewed)
    this.#life = life
    return transfers
  }

  /** See `Replica.write`. */
  write(channel: string, changes: ReadonlyMap<string, Uint8Array | undefined>): Transfer[] {
    const life = this.#life
    if (life === undefined) throw new Failure('not-running', 'the own entity has not begun a life yet')
    if (!isChannelName(channel)) throw new Failure('invalid-argument', `"${channel}" cannot name a channel`)
    const plan = this.#plan(channel, this.#effective(channel, changes))
    return this.#holdings.change(() => {
      const transfers: Transfer[] = []
      for (const [shard, values] of plan) {
        const id = { entity: this.#options.self, channel, shard }
        const document = this.#holdings.document(id) ?? new EntityDocument(id, life, 1)
        for (const batch of this.#batches(values)) transfers.push(this.#writeBatch(document, batch))
        if (isRollOverDue(document)) transfers.push(this.#rollOver(document))
      }
      return transfers
    })
  }

  /** The changes that change something, checked: every other node would refuse what is refused here. */
  #effective(channel: string, changes: ReadonlyMap<string, Uint8Array | undefined>): Map<string, string> {
    const held = this.#holdings.channel(this.#options.self, channel)
    const effective = new Map<string, string>()
    for (const [key, bytes] of changes) {
      this.#checkKey(key)
      if (bytes !== undefined) this.#checkValue(channel, key, bytes)
      const value = bytes === undefined ? absent : textOf(bytes)
      if ((held?.get(key) ?? absent) !== value) effective.set(key, value)
    }
    return effective
  }

  #checkKey(key: string): void {
    const { keyMaxBytes } = this.#options.limits
    const bytes = Buffer.byteLength(key)
    // A lone surrogate has no UTF-8 form: the copies would hold another key than the owner.
    if (bytes === 0 || bytes > keyMaxBytes || /\p{Surrogate}/u.test(key)) {
      throw new Failure('invalid-argument', `a key is well-formed text of 1 to ${keyMaxBytes} bytes, unlike "${key}"`)
    }
  }

  #checkValue(channel: string, key: string, value: Uint8Array): void {
    const { limits, admit } = this.#options
    if (value.length === 0 || value.length > limits.valueMaxBytes) {
      throw new Failure(
        'invalid-argument',
        `a value has 1 to ${limits.valueMaxBytes} bytes; "${key}" has ${value.length}`,
      )
    }
    const refusal = admit(channel, key, value)
    if (refusal !== undefined) throw new Failure('invalid-argument', `the value of "${key}" is refused: ${refusal}`)
  }

  /** The changes by shard: a known key stays where it is, a new one goes into the lowest shard with room. */
  #plan(channel: string, changes: ReadonlyMap<string, string>): Map<number, Map<string, string>> {
    const { limits, self } = this.#options
    const held = this.#holdings.channel(self, channel)
    const documents = held?.all ?? []
    const keyCounts = new Map(documents.map((document) => [document.id.shard, document.keyCount]))
    const opened = documents.length
    const plan = new Map<number, Map<string, string>>()
    let growth = 0
    let open = 0
    for (const [key, value] of changes) {
      const known = held?.holderOf(key)
      growth += Number(value !== absent) - Number(known?.get(key) !== undefined)
      if (known === undefined) {
        while ((keyCounts.get(open) ?? 0) >= limits.keysPerDocumentMax) open += 1
        keyCounts.set(open, (keyCounts.get(open) ?? 0) + 1)
      }
      const shard = known?.id.shard ?? open
      const values = plan.get(shard)
      if (values === undefined) plan.set(shard, new Map([[key, value]]))
      else values.set(key, value)
    }
    this.#checkRoom(growth, keyCounts.size - opened)
    return plan
  }

  #checkRoom(growth: number, newDocuments: number): void {
    if (growth <= 0 && newDocuments === 0) return
    const { entriesPerEntityMax, documentsPerEntityMax } = this.#options.limits
    const documents = this.#holdings.documents(this.#options.self)
    const live = documents.reduce((sum, document) => sum + document.live, growth)
    if (live > entriesPerEntityMax) {
      throw new Failure('limit-reached', `one entity can have ${entriesPerEntityMax} entries, these would make ${live}`)
    }
    if (documents.length + newDocuments > documentsPerEntityMax) {
      throw new Failure('limit-reached', `the entries do not fit into ${documentsPerEntityMax} documents`)
    }
  }

  /** Parts of the changes of which each fits into one update, so that each run can be gossiped as one message. */
  *#batches(values: ReadonlyMap<string, string>): Generator<ReadonlyMap<string, string>> {
    const { limits } = this.#options
    const mostBytes = limits.updateMaxBytes - itemMaxBytes(limits)
    let batch = new Map<string, string>()
    let bytes = 0
    for (const [key, value] of values) {
      const more = changeMaxBytes(Buffer.byteLength(key), value.length)
      if (batch.size > 0 && (bytes + more > mostBytes || batch.size === limits.structsPerUpdateMax)) {
        yield batch
        batch = new Map()
        bytes = 0
      }
      batch.set(key, value)
      bytes += more
    }
    yield batch
  }

  /** One transaction. The head is signed before anything changes: a signature that fails leaves all as it was. */
  #writeBatch(document: EntityDocument, values: ReadonlyMap<string, string>): Transfer {
    const from = document.clock
    const standings = new Map<string, Standing>()
    for (const [key, value] of values) standings.set(key, { clock: from + standings.size, value })
    const prospect = document.prospect(standings)
    const head = this.#signedHead(document, from + standings.size, prospect.root)
    if (this.#holdings.document(document.id) === document) {
      this.#holdings.advance(document, { standings, prospect, head }, () => document.write(standings, prospect))
    } else {
      document.write(standings, prospect)
      document.head = head
      this.#holdings.install(document)
    }
    return { kind: 'run', head, from, updates: document.tail(from, this.#bounds) }
  }

  #rollOver(document: EntityDocument): Transfer {
    const next = rebuilt(document, document.life, document.epoch + 1)
    const head = this.#signedHead(next, next.clock, next.stateHash)
    this.#holdings.succeed(document, next, head)
    return { kind: 'roll-over', head, from: document.clock }
  }

  #signedHead(document: EntityDocument, clock: number, stateHash: Uint8Array): Head {
    const { cluster, sign } = this.#options
    const { id, life, epoch } = document
    const version = versionIn(life, epoch, clock)
    const claim = { document: id, version, stateHash }
    return { ...claim, signature: sign(signedBytes(cluster, claim, this.#prefixOf(id))) }
  }

  #prefixOf(document: DocumentId): Uint8Array {
    const known = this.#prefixes.get(document)
    if (known !== undefined) return known
    const prefix = signedPrefix(this.#options.cluster, document)
    this.#prefixes.set(document, prefix)
    return prefix
  }
}
