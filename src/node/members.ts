import { every, type Cancel, type Clock } from '../runtime/clock.ts'
import type { Log } from '../runtime/log.ts'
import { defaultMembershipConfig } from '../membership/config.ts'
import type { MembershipEffect } from '../membership/effect.ts'
import type { MembershipEvent } from '../membership/event.ts'
import { isCounted, type Member } from '../membership/member.ts'
import { hasTwin } from '../membership/own-entity.ts'
import { step } from '../membership/step.ts'
import { createView, type View } from '../membership/view.ts'
import type { Network } from '../network/network.ts'
import type { AccusationMessage } from '../protocol/messages.ts'
import type { EntityId } from '../state/entity-id.ts'
import { peerIdOf, type PeerId } from '../state/peer-id.ts'
import { compareLives, type Life } from '../state/version.ts'
import type { AlarmEvent, Tell } from './events.ts'
import type { Speaker } from './explain.ts'
import type { Identity } from './identity.ts'
import type { Informer } from './informer.ts'
import type { Memory } from './memory.ts'
import type { Timing } from './options.ts'
import type { BindingRecord } from './records.ts'
import type { MemberView, TrustView } from './views.ts'

/** An entity and the key it is bound to. */
export interface Bound {
  readonly entity: EntityId
  readonly publicKey: Uint8Array
  readonly name: string | undefined
  readonly standing: TrustView['standing']
}

/** What only the network, the replica and the entries know of a member. */
type OutsideView = 'roundTripMs' | 'lagMs' | 'agrees' | 'entries'

export interface MembersParts {
  readonly identity: Identity
  /** This node's own name. */
  readonly name: string
  readonly bindings: readonly BindingRecord[]
  readonly memory: Memory
  readonly network: Network
  readonly informer: Informer
  readonly timing: Timing
  readonly clock: Clock
  readonly log: Log
  readonly tell: Tell
  /** The peers on the allow-list; undefined where there is none. */
  readonly allowed: () => ReadonlySet<PeerId> | undefined
  readonly setCounted: (entity: EntityId, counted: boolean) => void
  /** A later life began: entries of earlier ones go. */
  readonly supersede: (entity: EntityId, life: Life) => void
  readonly drop: (entity: EntityId) => void
  /** The operator let go of it: its lives are forgotten, too. */
  readonly release: (entity: EntityId) => void
  /** Says at once that this node lives. */
  readonly refute: () => void
  readonly accuse: (message: AccusationMessage) => void
  readonly takeNextLife: (above: Life) => void
}

/** A tick that came late is made up for after this. */
const secondTickMs = 50

/** Between two lines of the log about members that are turned away. */
const refusedToldEveryMs = 10_000

/** What puts all trusted entities before all others: no node meets so many. */
const untrusted = 2 ** 40

/** Who is here: the membership's pure steps, and what follows from each. */
export class Members {
  readonly startedAtMs: number
  readonly #parts: MembersParts
  readonly #view: View
  #revision = 0
  #refusedToldMs = Number.NEGATIVE_INFINITY
  #cancelTick: Cancel | undefined
  #cancelSecondTick: Cancel = () => {}

  constructor(parts: MembersParts) {
    this.#parts = parts
    this.startedAtMs = parts.clock.now()
    const { entity, keys, life } = parts.identity
    const { heartbeatMs, forgetAfterMs } = parts.timing
    const config = Object.freeze({
      ...defaultMembershipConfig,
      heartbeatMs,
      heartbeatMaxMs: Math.max(defaultMembershipConfig.heartbeatMaxMs, heartbeatMs),
      tickMs: Math.min(defaultMembershipConfig.tickMs, heartbeatMs),
      forgetMs: forgetAfterMs,
    })
    this.#view = createView({ entity, publicKey: keys.publicKey, life }, this.startedAtMs, config)
  }

  start(): void {
    this.apply({ kind: 'restore', bindings: this.#parts.bindings })
    this.#cancelTick = every(this.#parts.clock, this.#view.config.tickMs, () => this.#tick())
  }

  stop(): void {
    this.#cancelTick?.()
    this.#cancelSecondTick()
  }

  #tick(): void {
    this.apply({ kind: 'tick' })
    if (!this.#view.tickSkipped) return
    // It came late and judged nobody; the sockets are read by then.
    this.#cancelSecondTick = this.#parts.clock.after(secondTickMs, () => this.apply({ kind: 'tick' }))
  }

  /** One event of the world, and all that follows from it. */
  apply(event: MembershipEvent): void {
    if (event.kind === 'connected' || event.kind === 'disconnected') this.#revision += 1
    for (const effect of step(this.#view, event, this.#parts.clock.now()).effects) this.#act(effect)
  }

  /** Grows whenever somebody joins or goes, is doubted or believed, linked or not, or says something new of itself. */
  get revision(): number {
    return this.#revision
  }

  /** Whether another process with this node's key was met or heard of late. */
  get hasTwin(): boolean {
    return hasTwin(this.#view)
  }

  get ownLife(): Life {
    return this.#view.own.life
  }

  /** Members that count, this node included: what heartbeats are spread out by. */
  get size(): number {
    return this.#view.members.size + 1
  }

  get(entity: EntityId): Readonly<Member> | undefined {
    return this.#view.members.get(entity)
  }

  all(): Iterable<Readonly<Member>> {
    return this.#view.members.values()
  }

  counters(): Readonly<Record<string, number>> {
    return { ...this.#view.counters }
  }

  publicKeyOf(entity: EntityId): Uint8Array | undefined {
    return this.#view.members.get(entity)?.publicKey
  }

  /** The peers to which a link is up, members or not. */
  linked(): Iterable<PeerId> {
    return this.#view.links
  }

  /** The peer of a member, while a direct link to it is up. */
  linkedPeer(entity: EntityId): PeerId | undefined {
    const member = this.#view.members.get(entity)
    return member?.connected === true ? member.peer : undefined
  }

  /** Whether an entity's entries count in the fold. */
  isCounted(entity: EntityId): boolean {
    return entity === this.#view.own.entity || this.isOther(entity)
  }

  /** Whether this is the life that an entity leads, as far as is known here, and nobody else spoke for it of late. */
  isUndisputed(entity: EntityId, life: Life): boolean {
    const member = this.#view.members.get(entity)
    return member !== undefined && member.rivals.length === 0 && compareLives(life, member.life) === 0
  }

  /** Whether an entity is one of `others`. */
  isOther(entity: EntityId): boolean {
    const member = this.#view.members.get(entity)
    return member !== undefined && isCounted(member.status)
  }

  /** Members that count, this node left out. */
  others(): Readonly<Member>[] {
    return [...this.#view.members.values()].filter(({ status }) => isCounted(status))
  }

  counted(): { readonly entity: EntityId; readonly life: Life }[] {
    return [this.#view.own, ...this.others()].map(({ entity, life }) => ({ entity, life }))
  }

  /**
   * Whose place an entity takes where there is no room for all: the lower, the earlier. Whoever a person has named comes first, by a pinned key or on the allow-list;
   * then whoever was met first.
   */
  precedenceOf(entity: EntityId): number {
    const member = this.#view.members.get(entity)
    const known = member ?? this.#view.remembered.get(entity)
    if (known === undefined) return 2 * untrusted
    const isListed = this.#parts.allowed()?.has(member?.peer ?? peerIdOf(known.publicKey)) === true
    return known.seen + (known.pinned || isListed ? 0 : untrusted)
  }

  nameOf(entity: EntityId): string {
    return this.#view.members.get(entity)?.name ?? entity
  }

  nameOfPeer(peer: PeerId): string {
    for (const member of this.#view.members.values()) if (member.peer === peer) return member.name
    return peer
  }

  /** The key that each other entity is bound to. */
  *bindings(): Generator<Bound> {
    for (const { entity, publicKey, name, status } of this.#view.members.values()) {
      yield { entity, publicKey, name, standing: status }
    }
    for (const [entity, { publicKey }] of this.#view.remembered) {
      yield { entity, publicKey, name: undefined, standing: 'unseen' }
    }
  }

  /** The member that a peer is bound to. */
  entityOfPeer(peer: PeerId): EntityId | undefined {
    for (const member of this.#view.members.values()) if (member.peer === peer) return member.entity
    return undefined
  }

  /** The peer that speaks for an entity beside its holder. */
  claimantOf(entity: EntityId): PeerId | undefined {
    for (const { alarm, entity: about, peers } of this.#view.alarms.values()) {
      if (about === entity && alarm !== 'no-room') return peers[1]
    }
    return undefined
  }

  /** The operator lets go of an entity; false where nothing was known of it. */
  letGo(entity: EntityId): boolean {
    const peer = this.#view.members.get(entity)?.peer
    if (peer === undefined && !this.#view.remembered.has(entity)) return false
    this.apply({ kind: 'forget', entity })
    if (peer !== undefined) this.#forgetPeer(peer)
    return true
  }

  /** The operator binds an entity to a key. */
  pin(entity: EntityId, publicKey: Uint8Array): void {
    const before = this.#view.members.get(entity)?.peer
    this.apply({ kind: 'pin', entity, publicKey })
    if (before !== undefined && this.#view.members.get(entity)?.peer !== before) this.#forgetPeer(before)
  }

  alarms(): { readonly entity: EntityId; readonly sentence: string }[] {
    return [...this.#view.alarms.values()].map(({ entity, sentence }) => ({ entity, sentence }))
  }

  speaker(entity: EntityId): Speaker {
    const now = this.#parts.clock.now()
    if (entity === this.#view.own.entity) {
      const { incarnation } = this.ownLife
      return { name: this.#parts.name, status: 'self', incarnation, statusForMs: now - this.startedAtMs }
    }
    const member = this.#view.members.get(entity)
    if (member === undefined) return { name: entity, status: 'unknown', incarnation: 0, statusForMs: 0 }
    const { name, status, life, statusSinceMs } = member
    return { name, status, incarnation: life.incarnation, statusForMs: now - statusSinceMs }
  }

  /** The others, without what only other rooms know. */
  views(): Omit<MemberView, OutsideView>[] {
    const now = this.#parts.clock.now()
    return [...this.#view.members.values()].map((member) => ({
      entity: member.entity,
      name: member.name,
      peer: member.peer,
      status: member.status,
      connected: member.connected,
      addresses: member.addresses,
      channels: member.channels,
      incarnation: member.life.incarnation,
      statusForMs: now - member.statusSinceMs,
      heardAgoMs: now - member.lastHeardMs,
      alarms: this.alarmsAbout(member.entity),
    }))
  }

  /**
   * What stands beside an entity in listings. What is about an entity that has no row, because it was not met since this node started and is known from
   * disk only, stands beside this node: else nobody would see it.
   */
  alarmsAbout(entity: EntityId): string[] {
    const own = this.#view.own.entity
    const rowOf = (about: EntityId): EntityId => (this.#view.members.has(about) ? about : own)
    return this.alarms().flatMap((alarm) => (rowOf(alarm.entity) === entity ? [alarm.sentence] : []))
  }

  #act(effect: MembershipEffect): void {
    const parts = this.#parts
    switch (effect.kind) {
      case 'member-joined':
      case 'member-changed':
        this.#revision += 1
        this.#memberChanged(effect)
        return
      case 'member-updated':
        this.#revision += 1
        this.#learnAddresses(effect.member)
        return
      case 'refute':
        parts.refute()
        return
      case 'accuse': {
        const { entity, life, sequence } = effect
        parts.accuse({ kind: 'accusation', entity, life, sequence, by: this.#view.own.entity })
        return
      }
      case 'inform':
        parts.informer.inform(effect)
        return
      case 'take-next-life':
        parts.takeNextLife(effect.above)
        return
      case 'alarm':
      case 'alarm-cleared':
        this.#alarm(effect)
        return
      case 'bound':
      case 'life-floor':
        parts.memory.binding({ ...this.#factsOf(effect.entity), ...effect })
        parts.supersede(effect.entity, effect.life)
        return
      case 'forgotten':
        this.#forgotten(effect.entity)
        return
      case 'released':
        parts.memory.release(effect.entity)
        parts.release(effect.entity)
        return
      case 'refused':
        this.#refused(effect)
    }
  }

  /** Whoever is turned away comes again with each heartbeat. */
  #refused({ entity, peer }: Extract<MembershipEffect, { kind: 'refused' }>): void {
    const { clock, log } = this.#parts
    if (clock.now() - this.#refusedToldMs < refusedToldEveryMs) return
    this.#refusedToldMs = clock.now()
    log.warn('a member was turned away: there are too many', { entity, peer })
  }

  /** What belongs on disk beside an entity's key and life. */
  #factsOf(entity: EntityId): Omit<BindingRecord, 'entity' | 'publicKey' | 'life'> {
    const known = this.#view.members.get(entity) ?? this.#view.remembered.get(entity)
    if (known === undefined) return {}
    const { evidence, linked, seen, pinned } = known
    return { evidence, linked, seen, pinned }
  }

  #memberChanged(effect: Extract<MembershipEffect, { kind: 'member-joined' | 'member-changed' }>): void {
    const { entity, to, member } = effect
    const from = effect.kind === 'member-joined' ? undefined : effect.from
    const restarted = effect.kind === 'member-changed' && effect.restarted
    this.#parts.tell('member', { entity, name: member.name, from, to, restarted })
    this.#parts.supersede(entity, member.life)
    this.#parts.setCounted(entity, isCounted(to))
    if (to === 'left') {
      this.#parts.drop(entity)
      this.#forgetPeer(member.peer)
    } else this.#learnAddresses(member)
  }

  #forgetPeer(peer: PeerId): void {
    this.#parts.network.forget(peer)
    this.#parts.memory.forgetPeer(peer)
  }

  /** Where a member can be found: kept connected from now on, and looked for after a restart. */
  #learnAddresses({ entity, peer, addresses, status }: Member): void {
    if (status === 'left' || entity === this.#view.own.entity) return
    this.#parts.network.remember(peer, addresses)
    this.#parts.memory.peer({ peer, addresses })
  }

  #alarm(effect: Extract<MembershipEffect, { kind: 'alarm' | 'alarm-cleared' }>): void {
    const standing = effect.kind === 'alarm'
    const sentence = standing ? effect.sentence : `the alarm ${effect.alarm} about ${effect.entity} is over`
    const event: AlarmEvent = {
      kind: effect.alarm,
      entity: effect.entity,
      sentence,
      phase: standing ? 'begun' : 'over',
    }
    this.#parts.tell('alarm', event)
  }

  #forgotten(entity: EntityId): void {
    this.#revision += 1
    this.#parts.setCounted(entity, false)
    this.#parts.drop(entity)
  }
}
