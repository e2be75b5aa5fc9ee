import type { Clock } from '../runtime/clock.ts'
import type { EntityId } from '../state/entity-id.ts'
import { sameMailboxCounts, type MailboxCounts } from '../state/mailbox.ts'
import type { Stamp } from '../state/stamp.ts'
import type { Journal } from './journal.ts'
import { RollCall } from './roll-call.ts'
import type { Saying } from './saying.ts'

export interface OwnMailboxesParts {
  readonly clock: Clock
  readonly entity: EntityId
  readonly journal: Journal
  /** Whether what Asterisk said counts from the start of this node on: where it may not be asked to name everything again. */
  readonly remembers: boolean
  /** Whether a mailbox is taken from the local Asterisk at all. */
  readonly isWanted: (mailbox: string) => boolean
  /** Makes it this entity's word; with the stamp that it had where it is said again. */
  readonly set: (mailbox: string, counts: MailboxCounts, stamp?: Stamp) => void
  /** This entity's word as it stands. */
  readonly saying: (mailbox: string) => Saying<MailboxCounts> | undefined
}

/**
 * The local Asterisk's own mailboxes, as this entity's entries. Of a mailbox the latest word in the cluster counts: what Asterisk only names
 * again, since it was asked for everything or was started anew, is as old as it was, or it would have the last word on what others have said
 * since. Whatever it names just then with the counts that it said last is taken for that.
 *
 * Devices that it leaves out are no more; of mailboxes that cannot be known, so none is ever taken back. It does not name those that somebody
 * else spoke of last, nor, after a start, those of a database in which nothing happened yet; and that one was deleted it tells nobody.
 */
export class OwnMailboxes {
  readonly #parts: OwnMailboxesParts
  readonly #rollCall: RollCall

  constructor(parts: OwnMailboxesParts) {
    this.#parts = parts
    const { clock, journal, entity, remembers, isWanted, set } = parts
    this.#rollCall = new RollCall(clock, () => {})
    if (!remembers) return
    for (const [mailbox, { value, stamp }] of journal.rememberedMailboxes(entity)) {
      if (isWanted(mailbox)) set(mailbox, value, stamp)
    }
  }

  take(mailbox: string, counts: MailboxCounts): void {
    const { journal, entity, set, saying } = this.#parts
    const before = journal.rememberedMailboxes(entity).get(mailbox)
    const isRepeated = this.#rollCall.isOpen && before !== undefined && sameMailboxCounts(before.value, counts)
    this.#rollCall.name(mailbox, before !== undefined)
    if (isRepeated) {
      if (saying(mailbox) === undefined) set(mailbox, counts, before.stamp)
      return
    }
    set(mailbox, counts)
    const said = saying(mailbox)
    if (said !== undefined) journal.rememberMailbox(entity, mailbox, said)
  }

  /** Asterisk was asked to name everything, or begins to. */
  expectAll(): void {
    const { journal, entity } = this.#parts
    this.#rollCall.begin(journal.rememberedMailboxes(entity).keys())
  }

  /** This entity's word was taken back. */
  forget(mailbox: string): void {
    this.#parts.journal.forgetMailbox(this.#parts.entity, mailbox)
  }

  stop(): void {
    this.#rollCall.stop()
  }
}
