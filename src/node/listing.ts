import { isDeepStrictEqual } from 'node:util'
import { nameMatcher } from '../state/device-name.ts'
import type { EntityId } from '../state/entity-id.ts'
import { refusalName } from './counters.ts'
import type { Core } from './core.ts'
import { explain } from './explain.ts'
import type { Fold } from './fold.ts'
import type { ChannelView, Explanation, MemberView, StatsView, ValueView } from './views.ts'

/** What a person or a program may see of a running node, as plain data. */
export class Listing {
  readonly #core: Core

  constructor(core: Core) {
    this.#core = core
  }

  values(fold: Fold, pattern: string): ValueView[] {
    const { state } = fold
    const matches = nameMatcher(pattern)
    const keys = [...state.keys()].filter(matches).sort()
    return keys.map((key) => ({ key, value: state.get(key), ...fold.since(key) }))
  }

  explain(fold: Fold, key: string): Explanation {
    const { members, waitlist } = this.#core
    const explanation = explain(fold, key, (entity) => members.speaker(entity))
    if (waitlist.size === 0) return explanation
    const absent = `No room was found for the entries of ${waitlist.size} other servers: see \`lampfield members\`.`
    return { ...explanation, rule: `${explanation.rule} ${absent}` }
  }

  speakers({ state }: Fold, key: string): EntityId[] {
    const value = state.get(key)
    const counted = state.entriesOf(key).filter((entry) => entry.counted)
    const deciding = counted.filter((entry) => isDeepStrictEqual(entry.value, value))
    return [...deciding, ...counted.filter((entry) => !deciding.includes(entry))].map(({ entity }) => entity)
  }

  /** This node first, then the others by name. */
  members(): MemberView[] {
    const { members, waitlist, parts, entity, peer } = this.#core
    const roundTrips = new Map(parts.network.links().map((link) => [link.peer, link.roundTripMs]))
    const self: MemberView = {
      entity,
      peer,
      name: parts.name,
      status: 'self',
      connected: true,
      addresses: parts.network.addresses(),
      channels: [...parts.folds.values()].map(({ role }) => role),
      incarnation: members.ownLife.incarnation,
      statusForMs: parts.clock.now() - members.startedAtMs,
      heardAgoMs: 0,
      roundTripMs: undefined,
      lagMs: 0,
      agrees: true,
      entries: this.#core.entries.ownEntries,
      alarms: [...parts.memory.alarms(), ...members.alarmsAbout(entity)],
    }
    const others = members.views().map((view): MemberView => {
      const { entity: other, peer: peerOfIt } = view
      const lag = this.#core.lags.of(other)
      const alarms = [...view.alarms, ...waitlist.alarmsAbout(other)]
      return { ...view, alarms, roundTripMs: roundTrips.get(peerOfIt), ...lag, entries: this.#entriesOf(other) }
    })
    return [
      self,
      ...others.sort((a, b) => (a.name === b.name ? (a.entity < b.entity ? -1 : 1) : a.name < b.name ? -1 : 1)),
    ]
  }

  channels(): ChannelView[] {
    const members = this.members().filter(({ status }) => status !== 'down' && status !== 'left')
    return [...this.#core.parts.folds.values()].map(({ role, state }) => {
      const taking = members.flatMap(({ channels }) => channels.filter(({ channel }) => channel === role.channel))
      return {
        ...role,
        keys: state.size,
        ownEntries: state.entriesBy(this.#core.entity),
        publishers: taking.filter(({ publish }) => publish).length,
        subscribers: taking.filter(({ subscribe }) => subscribe).length,
      }
    })
  }

  stats(): StatsView {
    const { counters, entries, members, parts } = this.#core
    const network = parts.network.counters()
    const replica = entries.replica.stats()
    return {
      ...counters.view(),
      ...prefixed('membership_', members.counters()),
      members_alive: [...members.all()].filter(({ status }) => status === 'alive').length,
      links: parts.network.links().length,
      peers_cut_off: this.#core.gatekeeper.cutOffs,
      own_entries: entries.ownEntries,
      changes_pending: entries.pending,
      writes_owed: parts.memory.owed,
      documents: replica.documents.length,
      entries: replica.live,
      document_items: replica.structs,
      document_bytes: replica.liveBytes,
      room_used_bytes: replica.othersWeight,
      room_bytes: parts.roomBytes,
      entities_without_room: this.#core.waitlist.size,
      bytes_in: network.bytesIn,
      bytes_out: network.bytesOut,
      messages_in: network.messagesIn,
      messages_out: network.messagesOut,
      dials: network.dials,
      dial_failures: network.dialFailures,
      watchdog_renewals: network.watchdogRenewals,
      ...refusals(network.refused),
    }
  }

  #entriesOf(entity: EntityId): number {
    let entries = 0
    for (const { state } of this.#core.parts.folds.values()) entries += state.entriesBy(entity)
    return entries
  }
}

function refusals(counts: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries(Object.entries(counts).map(([reason, count]) => [refusalName(reason), count]))
}

/** Counter names of another room are `camelCase` there and `snake_case` in listings. */
function prefixed(prefix: string, counts: Readonly<Record<string, number>>): Record<string, number> {
  const snake = (name: string): string => name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
  return Object.fromEntries(Object.entries(counts).map(([name, count]) => [prefix + snake(name), count]))
}
