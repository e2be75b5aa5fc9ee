import type { Explanation } from '../node/views.ts'
import type { EntityId } from '../state/entity-id.ts'
import type { MailboxCounts } from '../state/mailbox.ts'

/** One entity's word of a mailbox. */
export interface MailboxWord {
  readonly entity: EntityId
  readonly counts: MailboxCounts
}

export interface RemoteMailboxesParts {
  readonly isWanted: (mailbox: string) => boolean
  /** The word that counts of a mailbox: the latest one. */
  readonly latest: (mailbox: string) => MailboxWord | undefined
  readonly counts: (entity: EntityId) => boolean
  /** Whether the mailboxes of an entity that departed are cleared; else they stay as they were. */
  readonly clearsDeparted: boolean
  readonly say: (mailbox: string, word: MailboxWord) => void
  /** Nothing has to be said of a mailbox: the latest word is the local Asterisk's own. */
  readonly withdraw: (mailbox: string) => void
}

/** The latest word of a mailbox among those that count, where this entity made the last change. */
export function latestWord({ entries }: Pick<Explanation, 'entries'>, by: EntityId): MailboxWord | undefined {
  const counted = entries.filter((entry) => entry.counted)
  // Two words of one millisecond: the one that made the change is the later one.
  counted.sort((a, b) => b.sinceMs - a.sinceMs || (b.entity === by ? 1 : 0) - (a.entity === by ? 1 : 0))
  const [latest] = counted
  return latest === undefined ? undefined : { entity: latest.entity, counts: latest.value as MailboxCounts }
}

const none: MailboxCounts = { newMessages: 0, oldMessages: 0 }

/**
 * What the local Asterisk has to be told of mailboxes. It has one slot for each and keeps the word that came last, whoever said it: so it
 * is told the latest word of the cluster only, and never an older one of another entity.
 */
export class RemoteMailboxes {
  readonly #parts: RemoteMailboxesParts
  readonly #words = new Map<string, MailboxWord>()
  #own: EntityId | undefined

  constructor(parts: RemoteMailboxesParts) {
    this.#parts = parts
  }

  get size(): number {
    return this.#words.size
  }

  begin(own: EntityId): void {
    this.#own = own
    for (const [mailbox, { entity }] of this.#words) if (entity === own) this.#words.delete(mailbox)
  }

  /** The cluster state of a mailbox is another than before, because of this entity. */
  changed(mailbox: string, by: EntityId): void {
    if (!this.#parts.isWanted(mailbox)) return
    const word = this.#parts.latest(mailbox)
    const hasDeparted = by !== this.#own && !this.#parts.counts(by)
    // Somebody left: the messages in its mailboxes did not.
    if (hasDeparted && !this.#parts.clearsDeparted) return
    this.#take(mailbox, word ?? { entity: by, counts: none })
  }

  /** Everything again. */
  tellAll(): void {
    for (const [mailbox, word] of this.#words) this.#parts.say(mailbox, word)
  }

  /** Asterisk has taken a word; an empty mailbox that nobody names needs not be kept in mind. */
  delivered(mailbox: string): void {
    const word = this.#words.get(mailbox)
    if (word?.counts === none) this.#words.delete(mailbox)
  }

  #take(mailbox: string, word: MailboxWord): void {
    if (word.entity === this.#own) {
      this.#words.delete(mailbox)
      this.#parts.withdraw(mailbox)
      return
    }
    this.#words.set(mailbox, word)
    if (this.#own !== undefined) this.#parts.say(mailbox, word)
  }
}
