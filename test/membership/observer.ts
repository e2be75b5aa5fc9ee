import type { Announcement } from '../../src/state/announcement.ts'
import type { EntityId } from '../../src/state/entity-id.ts'
import { peerIdOf, type PeerId } from '../../src/state/peer-id.ts'
import { compareLives, type Life } from '../../src/state/version.ts'
import { defaultMembershipConfig, type MembershipConfig } from '../../src/membership/config.ts'
import type { MembershipEffect } from '../../src/membership/effect.ts'
import type { MembershipEvent } from '../../src/membership/event.ts'
import type { Member, MemberStatus } from '../../src/membership/member.ts'
import { rememberedMax } from '../../src/membership/remembrance.ts'
import { step } from '../../src/membership/step.ts'
import { createView, type Self, type View } from '../../src/membership/view.ts'
import { entity } from '../state/entities.ts'

/** A public key by number. */
export const key = (number: number): Uint8Array => {
  const bytes = new Uint8Array(32).fill(7)
  new DataView(bytes.buffer).setUint32(0, number)
  return bytes
}

const peers = new Map<number, PeerId>()

/** The peer of a key. */
export function peer(number: number): PeerId {
  const known = peers.get(number) ?? peerIdOf(key(number))
  peers.set(number, known)
  return known
}

export const life = (incarnation: number, nonce = 1): Life => ({ incarnation, nonce })

/** The observer is entity 1 with key 1 in life 100; the usual other is entity 2 with key 2 in life 10. */
export const me: EntityId = entity(1)
export const other: EntityId = entity(2)

/** An announcement of entity 2, but for what is said otherwise. */
export function word(says: Partial<Announcement> & { readonly key?: number } = {}): Announcement {
  const { key: keyNumber = 2, ...rest } = says
  return {
    entity: other,
    publicKey: key(keyNumber),
    life: life(10),
    sequence: 1,
    name: 'pbx2',
    addresses: ['/ip4/10.0.0.2/tcp/4300'],
    channels: [{ channel: 'device_state', publish: true, subscribe: true }],
    heartbeatMs: 1000,
    wantsRelay: false,
    hasTwin: false,
    links: { all: true, check: 0 },
    stands: [],
    ...rest,
  }
}

const signature = new Uint8Array(64)

export const heartbeat = (says: Partial<Announcement> & { readonly key?: number } = {}): MembershipEvent => ({
  kind: 'heartbeat',
  announcement: word(says),
  signature,
  from: peer(9),
})

export function farewell(
  says: { readonly life?: Life; readonly sequence?: number; readonly key?: number } = {},
): MembershipEvent {
  const { life: inLife = life(10), sequence = 1, key: keyNumber = 2 } = says
  return { kind: 'farewell', entity: other, publicKey: key(keyNumber), life: inLife, sequence }
}

/** Drives `step` on virtual time and checks after each step what must always hold. */
export class Observer {
  view: View
  now: number
  readonly effects: MembershipEffect[] = []
  readonly #statuses = new Map<EntityId, MemberStatus>()
  readonly #floors = new Map<EntityId, Life>()
  #tickMs: number

  constructor(
    changes: Partial<MembershipConfig> = {},
    startMs = 5_000_000,
    self: Self = { entity: me, publicKey: key(1), life: life(100) },
  ) {
    this.now = startMs
    const config = { ...defaultMembershipConfig, ...changes }
    this.view = createView(self, startMs, config)
    this.#tickMs = startMs + config.tickMs
  }

  /** Time passes up to `atMs`, with its ticks. */
  runTo(atMs: number): MembershipEffect[] {
    const all: MembershipEffect[] = []
    while (this.#tickMs <= atMs) {
      this.now = this.#tickMs
      this.#tickMs += this.view.config.tickMs
      all.push(...this.tell({ kind: 'tick' }))
    }
    this.now = atMs
    return all
  }

  run(forMs: number): MembershipEffect[] {
    return this.runTo(this.now + forMs)
  }

  /** The process is stopped: time passes without ticks; the overdue one is due at once. */
  stall(forMs: number): void {
    this.now += forMs
    this.#tickMs = Math.max(this.#tickMs, this.now)
  }

  tell(event: MembershipEvent): readonly MembershipEffect[] {
    const { view, effects } = step(this.view, event, this.now)
    this.view = view
    this.effects.push(...effects)
    for (const effect of effects) this.#follow(effect)
    this.#check()
    return effects
  }

  member(who: EntityId = other): Member | undefined {
    return this.view.members.get(who)
  }

  status(who: EntityId = other): MemberStatus | 'unknown' {
    return this.member(who)?.status ?? 'unknown'
  }

  kinds(): string[] {
    return this.effects.map((effect) => effect.kind)
  }

  ofKind<Kind extends MembershipEffect['kind']>(kind: Kind): Extract<MembershipEffect, { readonly kind: Kind }>[] {
    return this.effects.filter(
      (effect): effect is Extract<MembershipEffect, { readonly kind: Kind }> => effect.kind === kind,
    )
  }

  /** The promised order: joined, then changes that hang together, then forgotten; lives only rise. */
  #follow(effect: MembershipEffect): void {
    if (effect.kind === 'member-joined') {
      must(!this.#statuses.has(effect.entity), 'who joins was no member')
      this.#statuses.set(effect.entity, effect.to)
    }
    if (effect.kind === 'member-changed') {
      must(this.#statuses.get(effect.entity) === effect.from, 'a change begins where the last one ended')
      must(effect.from !== effect.to || effect.restarted, 'a change changes something')
      must(effect.to !== 'down' || effect.from === 'suspect', 'down comes after suspect')
      this.#statuses.set(effect.entity, effect.to)
    }
    if (effect.kind === 'member-joined' || effect.kind === 'member-changed') this.#followLife(effect)
    if (effect.kind === 'forgotten') {
      must(this.#statuses.get(effect.entity) === effect.from, 'who is forgotten was a member')
      this.#statuses.delete(effect.entity)
    }
    if (effect.kind === 'released') this.#floors.delete(effect.entity)
  }

  /** Invariant 4: nothing leads back into an old life, and none is entered without saying so. */
  #followLife(effect: Extract<MembershipEffect, { readonly kind: 'member-joined' | 'member-changed' }>): void {
    const before = this.#floors.get(effect.entity)
    this.#floors.set(effect.entity, effect.member.life)
    if (before === undefined) return
    const order = compareLives(effect.member.life, before)
    must(order >= 0, 'lives only rise')
    must(effect.kind === 'member-joined' || order > 0 === effect.restarted, 'a new life is announced as such')
  }

  #check(): void {
    const { view } = this
    must(view.members.size <= view.config.membersMax, 'members are bounded')
    must(view.remembered.size <= rememberedMax, 'remembered entities are bounded')
    must(view.awareness <= view.config.awarenessMax, 'awareness is bounded')
    must(!view.members.has(view.own.entity), 'a node is no member of its own')
    must(this.#statuses.size === view.members.size, 'every member was told of')
    for (const member of view.members.values()) {
      must(this.#statuses.get(member.entity) === member.status, 'every change of status was told of')
      must((member.status === 'suspect') === (member.suspicionDeadlineMs !== undefined), 'suspects have a deadline')
      must(member.connected === view.links.has(member.peer), 'connected is having a link')
      must(member.lastHeardMs <= view.nowMs, 'nobody was heard in the future')
      must(member.rivals.length <= 4, 'rivals are bounded')
      must(!view.remembered.has(member.entity), 'a member is not remembered beside')
    }
  }
}

/** `expect` would take most of the time of a property test. */
function must(holds: boolean, rule: string): void {
  if (!holds) throw new Error(`does not hold: ${rule}`)
}
