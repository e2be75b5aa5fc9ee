import type { Cancel, Clock } from '../runtime/clock.ts'
import { announcementBytes, farewellBytes } from '../protocol/encode.ts'
import type { FarewellMessage, HeartbeatMessage } from '../protocol/messages.ts'
import type { Announcement } from '../state/announcement.ts'
import type { KeyPair, Signatures } from '../runtime/signature.ts'

/** What changes from one announcement to the next, and who makes it. */
export interface HeartbeatOptions {
  readonly clock: Clock
  readonly cluster: string
  readonly keys: KeyPair
  readonly signatures: Signatures
  /** All of the announcement but its sequence. */
  readonly describe: () => Omit<Announcement, 'sequence'>
  /** Told before an announcement with this sequence leaves, to all or to one peer. */
  readonly announced: (sequence: number, toAll: boolean) => void
  readonly publish: (message: HeartbeatMessage) => void
}

/** Says at every period that this node lives and where its documents stand. */
export class Heartbeat {
  readonly #options: HeartbeatOptions
  #sequence = 0
  #running = false
  #cancel: Cancel | undefined

  constructor(options: HeartbeatOptions) {
    this.#options = options
  }

  start(): void {
    this.#running = true
    this.beat()
  }

  /** One heartbeat now, also out of turn, and the next one a whole period later. */
  beat(): void {
    if (!this.#running) return
    const message = this.#sign(true)
    this.#cancel?.()
    this.#cancel = this.#options.clock.after(message.announcement.heartbeatMs, () => this.beat())
    this.#options.publish(message)
  }

  /** The next announcement, signed, for one peer. */
  greeting(): HeartbeatMessage {
    return this.#sign(false)
  }

  #sign(toAll: boolean): HeartbeatMessage {
    this.#sequence += 1
    this.#options.announced(this.#sequence, toAll)
    const announcement: Announcement = { ...this.#options.describe(), sequence: this.#sequence }
    const { cluster, keys, signatures } = this.#options
    return {
      kind: 'heartbeat',
      announcement,
      signature: signatures.sign(keys, announcementBytes(cluster, announcement)),
    }
  }

  /** A new life counts its announcements anew. */
  restartSequence(): void {
    this.#sequence = 0
  }

  /** No more heartbeats; the farewell to publish. */
  farewell(): FarewellMessage {
    this.stop()
    this.#sequence += 1
    const { cluster, keys, signatures } = this.#options
    const { entity, life } = this.#options.describe()
    const farewell = { entity, publicKey: keys.publicKey, life, sequence: this.#sequence }
    return { kind: 'farewell', ...farewell, signature: signatures.sign(keys, farewellBytes(cluster, farewell)) }
  }

  /** Ends without a word, as a crash does. */
  stop(): void {
    this.#running = false
    this.#cancel?.()
    this.#cancel = undefined
  }
}
