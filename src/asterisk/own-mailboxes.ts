import type { Explanation } from '../node/views.ts'
import type { EntityId } from '../state/entity-id.ts'
import type { MailboxCounts } from '../state/mailbox.ts'
import type { Stamp } from '../state/stamp.ts'
import type { Journal, MailboxSaying } from './journal.ts'

export interface OwnMailboxesParts {
  readonly entity: EntityId
  readonly journal: Journal
  /** Whether what Asterisk said is known over a restart of this node: where it may not be asked to name everything again. */
  readonly remembers: boolean
  /** Whether a mailbox is taken from the local Asterisk at all. */
  readonly isWanted: (mailbox: string) => boolean
  /** Makes it this entity's word; with the stamp that it had where it is said again. */
  readonly set: (mailbox: string, counts: MailboxCounts, stamp?: Stamp) => void
  /** This entity's word as it stands. */
  readonly saying: (mailbox: string) => MailboxSaying | undefined
}

/** An entity's word of a mailbox. */
export function sayingOf({ entries }: Pick<Explanation, 'entries'>, by: EntityId): MailboxSaying | undefined {
  const entry = entries.find(({ entity }) => entity === by)
  return entry === undefined ? undefined : { counts: entry.value as MailboxCounts, stamp: entry.stamp }
}

/**
 * The local Asterisk's own mailboxes, as this entity's entries. Of a mailbox the latest word in the cluster counts: what is said again after a
 * restart of this node is as old as it was, or it would have the last word on what others have said since.
 */
export class OwnMailboxes {
  readonly #parts: OwnMailboxesParts

  constructor(parts: OwnMailboxesParts) {
    this.#parts = parts
    const { journal, entity, remembers, isWanted, set } = parts
    if (!remembers) journal.forgetMailboxes(entity)
    for (const [mailbox, { counts, stamp }] of journal.rememberedMailboxes(entity)) {
      if (isWanted(mailbox)) set(mailbox, counts, stamp)
    }
  }

  take(mailbox: string, counts: MailboxCounts): void {
    const { journal, entity, remembers, set, saying } = this.#parts
    set(mailbox, counts)
    const said = remembers ? saying(mailbox) : undefined
    if (said !== undefined) journal.rememberMailbox(entity, mailbox, said)
  }
}
