import { bytesOf } from '../runtime/byte-text.ts'
import type { DocumentId } from '../state/document-id.ts'
import type { EntityId } from '../state/entity-id.ts'
import { compareLives, compareVersions, versionIn, type Version } from '../state/version.ts'
import { EntityDocument } from './entity-document.ts'
import { isHead, ownHead, signedBytes } from './head.ts'
import type { Holdings, Step } from './holdings.ts'
import type { ReplicaLimits } from './limits.ts'
import { rebuilt } from './roll-over.ts'
import type { Head, Transfer } from './transfer.ts'
import { checkRun, type CheckedRun } from './update-check.ts'
import type { UpdateFault } from './update-reader.ts'

/** Why a transfer was refused. Nothing of it was applied. */
export type RefusalReason =
  /** The head, `from` or the updates have not the shape or number that a transfer has. */
  | 'malformed'
  /** The signature is not the owner's over this head. */
  | 'bad-signature'
  /** The owner signed two different states as one version: its key is used twice, or it lies. */
  | 'equivocation'
  /** The head is good, but what came with it does not lead to the state that it speaks of. */
  | 'state-mismatch'
  /** The channel's codec refuses a value; `detail` says why. */
  | 'value-refused'
  /** One document, entry or entity more than the limits allow. */
  | 'too-many-documents'
  | 'too-many-entries'
  | 'too-many-entities'
  /** With it all documents together would take more than there is room for, and this entity's have to give way. None of them is held any more. */
  | 'no-room'
  | UpdateFault

/** What became of a transfer. */
export type Received =
  /** The copy now stands at the head's version; so many entries of its entity changed. */
  | { readonly kind: 'applied'; readonly changes: number }
  /** The copy is as new or newer in the same epoch. */
  | { readonly kind: 'duplicate' }
  /**
   * It belongs to a life or an epoch that is over; `known` is what stands here (epoch and clock 0: only the life is
   * known).
   */
  | { readonly kind: 'stale'; readonly known: Version }
  /** It is newer and the owner's word on that is good, but it does not begin where the copy ends: pull. */
  | { readonly kind: 'gap'; readonly have: Version | undefined }
  /** It speaks of a newer version of the replica's *own* entity, signed with its key: a forgotten life, or a clone. */
  | { readonly kind: 'own'; readonly version: Version }
  /** The key of this entity is not known, so nothing can be said of the transfer. */
  | { readonly kind: 'unknown-entity' }
  /**
   * Refused. `isSigned` tells that the owner's signature on the head was good: then a newer state exists, and pulling
   * the whole document (`since` undefined) from its owner repairs the copy; otherwise whoever sent this made it up.
   */
  | { readonly kind: 'refused'; readonly reason: RefusalReason; readonly isSigned: boolean; readonly detail?: string }

export interface ReceiverOptions {
  readonly self: EntityId
  readonly cluster: string
  readonly limits: ReplicaLimits
  readonly verify: (entity: EntityId, bytes: Uint8Array, signature: Uint8Array) => 'good' | 'bad' | 'unknown-entity'
  readonly admit: (channel: string, key: string, value: Uint8Array) => string | undefined
}

/**
 * Who hands a transfer over. `owner`: the entity itself, over a link on which nobody else can speak for it. Then the next step of a document
 * is believed at once, and its signature is looked at later: `prove`.
 */
export type Speaker = 'owner' | 'anyone'

/** Where a transfer would take the copy. */
type Course =
  | { readonly kind: 'duplicate' }
  | { readonly kind: 'stale'; readonly known: Version }
  | { readonly kind: 'equivocation' }
  | { readonly kind: 'gap' }
  | { readonly kind: 'append'; readonly document: EntityDocument; readonly run: Run }
  | { readonly kind: 'replace'; readonly run: Run }
  | { readonly kind: 'rebuild'; readonly document: EntityDocument }

type Run = Extract<Transfer, { kind: 'run' }>

const refused = (reason: RefusalReason, detail?: string): Received => ({
  kind: 'refused',
  reason,
  isSigned: true,
  ...(detail === undefined ? {} : { detail }),
})

const forged = (reason: RefusalReason): Received => ({ kind: 'refused', reason, isSigned: false })

/**
 * Takes in what others hand over: cheap bounds first, then the version, the owner's signature, the bytes, and the state
 * they lead to. Only when all of it holds does anything change. Of what the owner says itself the signature is looked at last.
 */
export class Receiver {
  readonly #options: ReceiverOptions
  readonly #holdings: Holdings
  /** Documents whose latest step was believed on its owner's spoken word. */
  readonly #spoken = new Set<EntityDocument>()

  constructor(options: ReceiverOptions, holdings: Holdings) {
    this.#options = options
    this.#holdings = holdings
  }

  /** See `Replica.receive`. */
  receive(transfer: Transfer, speaker: Speaker): Received {
    if (!isTransfer(transfer, this.#options.limits)) return forged('malformed')
    const course = this.#courseOf(transfer)
    if (course.kind === 'stale' || course.kind === 'duplicate') return course
    const { head } = transfer
    const { self } = this.#options
    if (course.kind === 'append' && speaker === 'owner') return this.#appendSpoken(course.document, course.run)
    const verdict = this.#verdictOn(head)
    if (verdict === 'unknown-entity') return { kind: 'unknown-entity' }
    if (verdict === 'bad') return forged('bad-signature')
    if (course.kind === 'equivocation') return refused('equivocation')
    if (head.document.entity === self)
      return { kind: 'own', version: versionIn(head.version, head.version.epoch, head.version.clock) }
    if (course.kind === 'gap') return { kind: 'gap', have: this.#holdings.document(head.document)?.version }
    if (course.kind === 'replace') return this.#replace(course.run)
    if (course.kind === 'append') return this.#appendSigned(course.document, course.run)
    // The epoch that ends is handed on for a while, and what is spoken is looked at in the present one only.
    return this.isProven(course.document) ? this.#rebuild(course.document, head) : refused('bad-signature')
  }

  /** See `Replica.prove`. */
  prove(): DocumentId[] {
    const held = [...this.#spoken].filter((document) => this.#holdings.document(document.id) === document)
    const broken = held.filter((document) => !this.isProven(document)).map(({ id }) => id)
    this.#spoken.clear()
    this.#holdings.change(() => {
      for (const { entity } of broken) this.#holdings.clear(entity, undefined)
    })
    return broken
  }

  /** Whether a document is its owner's word by its signature, too: without it, nobody else would believe it. */
  isProven(document: EntityDocument): boolean {
    if (!this.#spoken.has(document)) return true
    const { head } = document
    if (head === undefined || this.#verdictOn(head) !== 'good') return false
    this.#spoken.delete(document)
    return true
  }

  #verdictOn(head: Head): ReturnType<ReceiverOptions['verify']> {
    const { cluster, verify } = this.#options
    return verify(head.document.entity, signedBytes(cluster, head), head.signature)
  }

  #courseOf(transfer: Transfer): Course {
    const { head, from } = transfer
    const life = this.#holdings.lifeOf(head.document.entity)
    const age = life === undefined ? 1 : compareLives(head.version, life)
    const held = this.#holdings.document(head.document)
    if (life !== undefined && age < 0) {
      return { kind: 'stale', known: held?.version ?? versionIn(life, 0, 0) }
    }
    const document = age === 0 ? held : undefined
    if (document !== undefined) {
      const { version } = document
      if (head.version.epoch < version.epoch) return { kind: 'stale', known: version }
      const order = compareVersions(head.version, version)
      if (order < 0) return { kind: 'duplicate' }
      if (order === 0) return { kind: areEqual(head.stateHash, document.stateHash) ? 'duplicate' : 'equivocation' }
    }
    if (document !== undefined && from === document.clock) {
      const epochs = head.version.epoch - document.epoch
      if (transfer.kind === 'run' && epochs === 0) return { kind: 'append', document, run: transfer }
      if (transfer.kind === 'roll-over' && epochs === 1) return { kind: 'rebuild', document }
    }
    return transfer.kind === 'run' && from === 0 ? { kind: 'replace', run: transfer } : { kind: 'gap' }
  }

  #appendSpoken(document: EntityDocument, run: Run): Received {
    const received = this.#append(document, run)
    if (received.kind === 'applied') this.#spoken.add(document)
    return received
  }

  /** The signature on a step covers all that was spoken before it. */
  #appendSigned(document: EntityDocument, run: Run): Received {
    const received = this.#append(document, run)
    if (received.kind === 'applied') this.#spoken.delete(document)
    return received
  }

  #append(document: EntityDocument, run: Run): Received {
    const step = this.#checkedStep(document, run)
    if ('kind' in step) return step
    const { live, weight } = document.gain(step.standings, run.head.version.clock - document.clock)
    if (!this.#hasRoomFor(document, live)) return refused('too-many-entries')
    const { entity } = document.id
    if (!this.#holdings.claim(entity, () => this.#holdings.heldBy(entity) + weight)) return refused('no-room')
    const take = (): void => document.take(step, step.prospect)
    return { kind: 'applied', changes: this.#holdings.change(() => this.#holdings.advance(document, step, take)) }
  }

  #replace(run: Run): Received {
    const { document: id, version } = run.head
    if (!this.#holdings.hasRoomFor(id.entity)) return refused('too-many-entities')
    if (!this.#hasRoomForDocument(run.head)) return refused('too-many-documents')
    const next = new EntityDocument({ entity: id.entity, channel: id.channel, shard: id.shard }, version, version.epoch)
    const step = this.#checkedStep(next, run)
    if ('kind' in step) return step
    next.take(step, step.prospect)
    next.head = step.head
    if (!this.#hasRoomFor(next, next.live)) return refused('too-many-entries')
    if (!this.#holdings.claim(id.entity, () => this.#weightWith(next))) return refused('no-room')
    return { kind: 'applied', changes: this.#holdings.change(() => this.#holdings.install(next)) }
  }

  /** What an entity's documents weigh once this one has taken its place: those of an earlier life go. */
  #weightWith(document: EntityDocument): number {
    const { entity } = document.id
    const life = this.#holdings.lifeOf(entity)
    if (life !== undefined && compareLives(document.life, life) > 0) return document.weight
    return this.#holdings.weightOf(entity, this.#holdings.document(document.id)) + document.weight
  }

  #rebuild(document: EntityDocument, head: Head): Received {
    // The rebuilt document's clock is known before the work of rebuilding is done.
    if (head.version.clock !== document.live) return refused('state-mismatch')
    const next = rebuilt(document, document.life, head.version.epoch)
    if (!areEqual(next.stateHash, head.stateHash)) return refused('state-mismatch')
    this.#holdings.succeed(document, next, ownHead(head))
    return { kind: 'applied', changes: 0 }
  }

  /** What a run does to a document, once its bytes, its state and its values are found good. */
  #checkedStep(document: EntityDocument, run: Run): (Step & CheckedRun) | Received {
    const { limits, admit } = this.#options
    const { head } = run
    const checked = checkRun(document, run.updates, head.version.clock, limits)
    if (typeof checked === 'string') return refused(checked)
    const { standings } = checked
    const prospect = document.prospect(standings)
    if (!areEqual(prospect.root, head.stateHash)) return refused('state-mismatch')
    for (const [key, { value }] of standings) {
      const refusal = value === '' ? undefined : admit(head.document.channel, key, bytesOf(value))
      if (refusal !== undefined) return refused('value-refused', refusal)
    }
    const { clocks, links } = checked
    return { standings, clocks, links, prospect, head: ownHead(head) }
  }

  #hasRoomForDocument(head: Head): boolean {
    const { entity } = head.document
    const life = this.#holdings.lifeOf(entity)
    if (life === undefined || compareLives(head.version, life) > 0) return true
    if (this.#holdings.document(head.document) !== undefined) return true
    return this.#holdings.documents(entity).length < this.#options.limits.documentsPerEntityMax
  }

  /**
   * Whether the entity may have `growth` more live entries, beside those of documents that `document` takes the place
   * of.
   */
  #hasRoomFor(document: EntityDocument, growth: number): boolean {
    if (growth <= 0) return true
    const held = this.#holdings.document(document.id)
    const replaced = held === document ? undefined : held
    let live = growth
    for (const other of this.#holdings.documents(document.id.entity)) {
      if (compareLives(other.life, document.life) === 0 && other !== replaced) live += other.live
    }
    return live <= this.#options.limits.entriesPerEntityMax
  }
}

/** Whether a transfer has the shape and number that one has. */
function isTransfer(transfer: Transfer, limits: ReplicaLimits): boolean {
  const { head, from } = transfer
  if (!isHead(head, limits) || !Number.isSafeInteger(from) || from < 0) return false
  if (transfer.kind === 'roll-over') return head.version.epoch > 1
  const { updates } = transfer
  if (from > 0 && from >= head.version.clock) return false
  if (updates.length === 0 || updates.length > limits.updatesPerTransferMax) return false
  return updates.every((update) => update.length <= limits.updateMaxBytes)
}

function areEqual(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0
}
