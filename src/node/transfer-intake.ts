import type { Cancel, Clock } from '../runtime/clock.ts'
import type { Log } from '../runtime/log.ts'
import type { Verdict } from '../network/network.ts'
import type { Stand } from '../protocol/messages.ts'
import type { RefusalReason, Speaker } from '../replica/receiver.ts'
import type { Transfer } from '../replica/transfer.ts'
import { documentKey, type DocumentId } from '../state/document-id.ts'
import type { EntityId } from '../state/entity-id.ts'
import type { PeerId } from '../state/peer-id.ts'
import { compareLives, type Life } from '../state/version.ts'
import type { AntiEntropy } from './anti-entropy.ts'
import type { Counters } from './counters.ts'
import { EarlyRuns } from './early-runs.ts'
import type { Entries } from './entries.ts'
import type { Tell } from './events.ts'
import type { Fold } from './fold.ts'
import type { Gatekeeper } from './gatekeeper.ts'
import type { Members } from './members.ts'
import type { Waitlist } from './waitlist.ts'

export interface TransferIntakeParts {
  readonly entity: EntityId
  readonly folds: ReadonlyMap<string, Fold>
  readonly entries: Entries
  readonly members: Members
  readonly waitlist: Pick<Waitlist, 'isTurnedAway'>
  readonly antiEntropy: () => AntiEntropy
  readonly counters: Counters
  readonly clock: Clock
  readonly log: Log
  readonly tell: Tell
  /** Whether what is taken now is passed on: to others, who are not told by the owner itself. */
  readonly isPassedOn: (document: DocumentId) => boolean
  readonly gatekeeper: Pick<Gatekeeper, 'blame' | 'toldFalsely'>
}

/** Refusals that may be nobody's fault: two processes with one key, a codec of another version, or no room here. */
const pardoned: ReadonlySet<RefusalReason> = new Set([
  'equivocation',
  'state-mismatch',
  'value-refused',
  'too-many-documents',
  'too-many-entries',
  'too-many-entities',
  'no-room',
])

const isNonsense = (reason: RefusalReason): boolean => !pardoned.has(reason)

/** A document that differs is fetched anew at most once in so many milliseconds: two liars must not make it spin. */
const repairEveryMs = 10_000

/**
 * What counts on its owner's spoken word is proven by its signature within so many milliseconds: soon enough that a faulty server is named at once,
 * and late enough that a storm costs one check a second.
 */
const proveWithinMs = 1000

/** And a person is told of it as seldom: a peer may say the same thousands of times in a second. */
const toldEveryMs = 10_000

/** Disagreements that are remembered as told. */
const toldMax = 1024

/** Copies that are remembered as fetched anew. */
const repairedMax = 4096

/** Takes steps of the others' documents, by gossip or from a pull, and sees to it that what does not fit is made to fit. */
export class TransferIntake {
  readonly #parts: TransferIntakeParts
  readonly #early = new EarlyRuns()
  readonly #repairedAtMs = new Map<string, number>()
  #cancelProof: Cancel | undefined
  /** When a person was told last that a peer has another copy of a document. */
  readonly #toldAtMs = new Map<string, number>()

  constructor(parts: TransferIntakeParts) {
    this.#parts = parts
  }

  /**
   * Whether a copy of a document is kept here, in this life of its entity. One of a later life than was heard of waits until it is: else what
   * a clone said would outlive it here, and the holder, whose own life nobody doubts, would never be told to rise above.
   */
  isWanted({ channel, entity }: DocumentId, life: Life): boolean {
    const role = this.#parts.folds.get(channel)?.role
    const member = this.#parts.members.get(entity)
    if (role?.subscribe !== true || entity === this.#parts.entity || member === undefined) return false
    if (this.#parts.waitlist.isTurnedAway(entity)) return false
    return member.status !== 'left' && compareLives(life, member.life) <= 0
  }

  /** Applies a step where it fits, and says whether it is worth passing on. */
  take(transfer: Transfer, from: PeerId): Verdict {
    const { document, version } = transfer.head
    if (!this.isWanted(document, version)) return 'ignore'
    const speaker = this.#speakerOf(document, from)
    const received = this.#parts.entries.receive(transfer, speaker)
    switch (received.kind) {
      case 'applied':
        if (speaker === 'owner') this.#cancelProof ??= this.#parts.clock.after(proveWithinMs, () => this.#prove())
        // In a copy that has just caught up, steps that came early may fit now; what does not fit yet is a gap again.
        for (const early of this.#early.take(document, version)) this.take(early, from)
        return 'accept'
      case 'gap':
        this.#early.keep(transfer)
        this.#parts.antiEntropy().gap(document, version, from)
        return 'accept'
      case 'refused':
        if (received.isSigned) {
          // There is nothing to repair: nothing of it is asked for until there is room.
          if (received.reason === 'no-room') return 'ignore'
          this.#refuse(document, received.reason)
          return 'ignore'
        }
        if (this.#isOwner(from, document)) this.#blame(from)
        return this.#isForeignWrite(document, from) ? 'reject' : 'ignore'
      case 'duplicate':
      case 'stale':
      case 'own':
      case 'unknown-entity':
        return 'ignore'
    }
  }

  stop(): void {
    this.#cancelProof?.()
  }

  /** A link's other end cannot be anybody else, so what an owner says over its own needs no signature to count. */
  #speakerOf(document: DocumentId, from: PeerId): Speaker {
    return this.#isOwner(from, document) && !this.#parts.isPassedOn(document) ? 'owner' : 'anyone'
  }

  #isOwner(peer: PeerId, { entity }: DocumentId): boolean {
    const { members } = this.#parts
    return members.get(entity)?.peer === peer && members.claimantOf(entity) === undefined
  }

  /** An entity signed what no document can take. */
  #blame(peer: PeerId): void {
    this.#parts.gatekeeper.blame(peer, 'broken-document')
  }

  #prove(): void {
    this.#cancelProof = undefined
    for (const document of this.#parts.entries.replica.prove()) {
      this.#parts.counters.refuse('bad-signature')
      this.#refuse(document, 'bad-signature')
    }
  }

  /** The owner's own word is what no copy can take. */
  #refuse(document: DocumentId, reason: RefusalReason): void {
    const owner = this.#parts.members.get(document.entity)?.peer
    if (owner !== undefined && isNonsense(reason)) this.#blame(owner)
    this.#repair(document, reason)
  }

  /**
   * Whether a forged step was forged by whoever handed it over. Not so while an entity's key is in dispute, or from somebody who is bound to
   * no entity yet: a server that lost its key cannot know it.
   */
  #isForeignWrite({ entity }: DocumentId, from: PeerId): boolean {
    const { members } = this.#parts
    const author = members.entityOfPeer(from)
    return author !== undefined && author !== entity && members.claimantOf(entity) === undefined
  }

  /**
   * A peer has the same version of a document with other contents: counted, told with names, and repaired where the document's owner says so.
   * A copy carries its owner's signature: nobody else's word makes this node drop it, or one liar would put out every lamp.
   */
  disagree({ document }: Stand, from: PeerId, isOwners: boolean): void {
    // If the copy here is what its owner did not sign, whoever says otherwise tells the truth.
    if (!this.#parts.entries.replica.isProven(document)) return this.#prove()
    this.#parts.counters.add('disagreements')
    this.#tellOf(document, from)
    if (isOwners) this.#repair(document, 'disagreement')
    else this.#parts.gatekeeper.toldFalsely(from)
  }

  #tellOf(document: DocumentId, from: PeerId): void {
    const { clock, members, tell } = this.#parts
    const key = `${from} ${documentKey(document)}`
    const now = clock.now()
    if (now - (this.#toldAtMs.get(key) ?? Number.NEGATIVE_INFINITY) < toldEveryMs) return
    if (this.#toldAtMs.size >= toldMax) this.#toldAtMs.clear()
    this.#toldAtMs.set(key, now)
    const [owner, peer] = [members.nameOf(document.entity), members.nameOfPeer(from)]
    const sentence = `the ${document.channel} entries of ${owner} differ between this node and ${peer}`
    tell('alarm', { kind: 'disagreement', entity: document.entity, sentence, phase: 'once' })
  }

  /** A copy that cannot be right is dropped and fetched anew, from its owner where it can be reached. */
  #repair(document: DocumentId, reason: string): void {
    const { clock, counters, entries, log, members } = this.#parts
    const key = documentKey(document)
    const now = clock.now()
    if (now - (this.#repairedAtMs.get(key) ?? Number.NEGATIVE_INFINITY) < repairEveryMs) return
    if (this.#repairedAtMs.size >= repairedMax) this.#repairedAtMs.clear()
    this.#repairedAtMs.set(key, now)
    counters.add('repairs')
    log.warn('a copy is fetched anew', { document: key, reason })
    entries.replica.drop(document.entity)
    const owner = members.linkedPeer(document.entity)
    if (owner !== undefined) this.#parts.antiEntropy().compare(owner)
  }
}
