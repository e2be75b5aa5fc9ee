import type { Clock } from '../runtime/clock.ts'
import { Failure } from '../runtime/failure.ts'
import type { KeyPair, Signatures } from '../runtime/signature.ts'
import type { Verdict } from '../network/network.ts'
import { passingBytes } from '../protocol/encode.ts'
import { limits } from '../protocol/limits.ts'
import type { PassingMessage } from '../protocol/messages.ts'
import type { EntityId } from '../state/entity-id.ts'
import { compareLives, type Life } from '../state/version.ts'
import type { Counters } from './counters.ts'
import type { Tell } from './events.ts'
import type { Fold } from './fold.ts'
import type { Members } from './members.ts'

export interface PassingParts {
  readonly entity: EntityId
  readonly cluster: string
  readonly clock: Clock
  readonly keys: KeyPair
  readonly signatures: Signatures
  readonly folds: ReadonlyMap<string, Fold>
  readonly members: Members
  readonly counters: Counters
  readonly tell: Tell
  readonly publish: (message: PassingMessage) => void
}

/** What was heard of one entity's passing values: its life, the highest number, and which of the 32 below it came. */
interface Heard {
  readonly life: Life
  readonly highest: number
  readonly seen: number
}

/** Numbers below the highest that are still taken: gossip reorders what comes over different paths. */
const windowSize = 32

/**
 * Values that nobody keeps: told to who listens now, signed by the entity that says them, each once. They are no part of the cluster state,
 * and nothing repairs their loss. So that a peer cannot flood with them they are bounded by second, at the sender and at each receiver.
 */
export class Passing {
  readonly #parts: PassingParts
  readonly #heard = new Map<EntityId, Heard>()
  readonly #rates = new Map<EntityId, { secondMs: number; count: number }>()
  #sequence = 0

  constructor(parts: PassingParts) {
    this.#parts = parts
  }

  /** Says a passing value. Throws `invalid-argument` for a wrong key or value; what is too much for one second is dropped and counted. */
  say(fold: Fold, key: string, value: unknown): void {
    const fault = fold.channel.validKey(key) ?? fold.channel.validValue(value)
    if (fault !== undefined) throw new Failure('invalid-argument', fault)
    const { entity, cluster, keys, signatures, members, counters } = this.#parts
    if (!this.#hasRoom(entity)) {
      counters.add('passing_dropped')
      return
    }
    this.#sequence += 1
    const bytes = fold.channel.codec.encode(value)
    const said = {
      entity,
      life: members.ownLife,
      sequence: this.#sequence,
      channel: fold.channel.name,
      key,
      value: bytes,
    }
    counters.add('passing_published')
    this.#parts.publish({
      kind: 'passing',
      ...said,
      signature: signatures.sign(keys, passingBytes(cluster, said)),
    })
  }

  /** Takes somebody's passing value, and says whether it is worth passing on. */
  take(message: PassingMessage): Verdict {
    const { entity, life, channel, key } = message
    const { members, counters, folds, signatures, cluster } = this.#parts
    const member = members.get(entity)
    const publicKey = members.publicKeyOf(entity)
    if (entity === this.#parts.entity || member === undefined || publicKey === undefined) return 'ignore'
    if (!members.isCounted(entity) || compareLives(life, member.life) !== 0 || !this.#isNew(message)) return 'ignore'
    if (!signatures.verify(publicKey, passingBytes(cluster, message), message.signature)) {
      counters.refuse('bad-signature')
      return 'reject'
    }
    this.#note(message)
    if (!this.#hasRoom(entity)) {
      counters.add('passing_dropped')
      return 'ignore'
    }
    const fold = folds.get(channel)
    const value = fold?.channel.codec.decode(message.value)
    if (fold === undefined || value?.ok !== true || fold.channel.validKey(key) !== undefined) {
      counters.refuse('passing-invalid')
      return 'reject'
    }
    counters.add('passing_heard')
    this.#parts.tell('passing', { channel, key, entity, value: value.value })
    return 'accept'
  }

  #isNew({ entity, life, sequence }: PassingMessage): boolean {
    const heard = this.#heard.get(entity)
    if (heard === undefined || compareLives(life, heard.life) !== 0) return true
    if (sequence > heard.highest) return true
    const below = heard.highest - sequence
    return below < windowSize && (heard.seen & (1 << below)) === 0
  }

  /** The window of RFC 4303, section 3.4.3: bit n stands for the n-th number below the highest. */
  #note({ entity, life, sequence }: PassingMessage): void {
    const heard = this.#heard.get(entity)
    const isSameLife = heard !== undefined && compareLives(life, heard.life) === 0
    if (heard === undefined) this.#forgetStrangers()
    if (!isSameLife) this.#heard.set(entity, { life, highest: sequence, seen: 1 })
    else if (sequence > heard.highest) {
      const ahead = sequence - heard.highest
      const seen = ahead >= windowSize ? 1 : (heard.seen << ahead) | 1
      this.#heard.set(entity, { life, highest: sequence, seen })
    } else {
      this.#heard.set(entity, { ...heard, seen: heard.seen | (1 << (heard.highest - sequence)) })
    }
  }

  /** Who is no member is not listened to; of those that were, there may be as many as somebody likes to make up. */
  #forgetStrangers(): void {
    if (this.#heard.size < 2 * limits.membersMax) return
    for (const entity of this.#heard.keys()) {
      if (this.#parts.members.get(entity) !== undefined) continue
      this.#heard.delete(entity)
      this.#rates.delete(entity)
    }
  }

  #hasRoom(entity: EntityId): boolean {
    const now = this.#parts.clock.now()
    const rate = this.#rates.get(entity)
    if (rate === undefined || now - rate.secondMs >= 1000) {
      this.#rates.set(entity, { secondMs: now, count: 1 })
      return true
    }
    rate.count += 1
    return rate.count <= limits.passingPerSecondMax
  }
}
