import type { ChannelRole } from '../state/announcement.ts'
import type { Channel } from '../state/channel.ts'
import { ClusterState, type Difference } from '../state/cluster-state.ts'
import type { EntityId } from '../state/entity-id.ts'
import { decodeStamp, encodeEntry, stampBytes } from '../state/entry.ts'
import { parsed, unparsed, type Parsed } from '../state/parsed.ts'
import { stampWallMs, type Stamp } from '../state/stamp.ts'

/** An entry read from its bytes. */
export interface ReadEntry {
  readonly value: unknown
  readonly stamp: Stamp
}

/** One open event channel: its definition, the part this node takes in it, and the fold of its entries. */
export class Fold {
  readonly channel: Channel<unknown, unknown>
  readonly role: ChannelRole
  readonly state: ClusterState<unknown, unknown>

  constructor(channel: Channel<unknown, unknown>, role: ChannelRole) {
    this.channel = channel
    this.role = role
    this.state = new ClusterState((key) => channel.reducerFor(key), channel.same)
  }

  /** Reads stored bytes; a reason where they are not a stamp and a value of this channel. */
  read(bytes: Uint8Array): Parsed<ReadEntry> {
    const stamp = decodeStamp(bytes)
    if (stamp === undefined) return unparsed('stamp-invalid')
    const value = this.channel.codec.decode(bytes.subarray(stampBytes))
    return value.ok ? parsed({ value: value.value, stamp }) : unparsed('value-invalid')
  }

  /** The value's bytes with its stamp in front. */
  encode(value: unknown, stamp: Stamp): Uint8Array {
    return encodeEntry(stamp, this.channel.codec.encode(value))
  }

  /** Since when a key's value stands, where the channel shows it: the writing of the newest entry that counts. */
  since(key: string): { readonly sinceMs?: number } {
    if (this.channel.stampShown !== true) return {}
    const stamps = this.state.entriesOf(key).flatMap((entry) => (entry.counted ? [stampWallMs(entry.stamp)] : []))
    return stamps.length === 0 ? {} : { sinceMs: Math.max(...stamps) }
  }

  /** Takes an entity's entry into the fold, or out of it where there is none any more. */
  apply(entity: EntityId, key: string, entry: ReadEntry | undefined): readonly Difference<unknown>[] {
    return entry === undefined ? this.state.remove(entity, key) : this.state.put(entity, key, entry.value, entry.stamp)
  }
}
