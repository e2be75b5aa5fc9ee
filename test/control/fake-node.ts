import type { ChannelReference, SummaryOf, ValueOf } from '../../src/node/channel-values.ts'
import type { Node, NodeStatus, RoundTripOptions } from '../../src/node/node.ts'
import type { NodeEvents } from '../../src/node/events.ts'
import type {
  ChannelView,
  CheckReport,
  EntryView,
  Explanation,
  MemberView,
  RoundTripReport,
  StatsView,
  TimedMember,
  TrustView,
  ValueView,
} from '../../src/node/views.ts'
import { TypedEventTarget } from '../../src/runtime/emitter.ts'
import { Failure } from '../../src/runtime/failure.ts'
import { nameMatcher } from '../../src/state/device-name.ts'
import type { EntityId } from '../../src/state/entity-id.ts'
import type { PeerId } from '../../src/state/peer-id.ts'
import { stampAt } from '../../src/state/stamp.ts'

export const entityA = '02:00:00:00:00:0a' as EntityId
export const entityB = '02:00:00:00:00:0b' as EntityId
export const peerA = '12D3KooWGRUaFakePeerOfNodeA' as PeerId
export const peerB = '12D3KooWGRUaFakePeerOfNodeB' as PeerId

/** A node without a cluster: what is set is at once the cluster state. Tests change its members and reports as they like. */
export class FakeNode extends TypedEventTarget<NodeEvents> implements Node {
  status: NodeStatus = 'running'
  readonly cluster: string = 'test'
  readonly name: string = 'pbx-a'
  readonly entity: EntityId = entityA
  readonly peer: PeerId = peerA
  keyed: boolean = false
  readonly values: Map<string, Map<string, unknown>> = new Map<string, Map<string, unknown>>([
    ['device_state', new Map()],
    ['mwi', new Map()],
  ])
  memberViews: MemberView[] = [member({}), member({ entity: entityB, name: 'pbx-b', peer: peerB, status: 'alive' })]
  report: CheckReport = { agreed: true, members: [], alarms: [] }
  /** Members that have not shown every change that was timed. */
  unheard: TimedMember[] = []
  bindings: TrustView[] = [binding({})]
  counts: StatsView = { changes_published: 3 }
  fails: Error | undefined
  stopped: number = 0

  addresses(): readonly string[] {
    return ['/ip4/192.0.2.1/tcp/4001/p2p/12D3KooWGRUaFakePeerOfNodeA']
  }

  usePeers(): void {}

  async start(): Promise<void> {
    if (this.fails !== undefined) throw this.fails
  }

  async stop(): Promise<void> {
    this.stopped += 1
    this.status = 'stopped'
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }

  async set<Reference extends ChannelReference>(
    channel: Reference,
    key: string,
    value: ValueOf<Reference>,
  ): Promise<void> {
    if (this.fails !== undefined) throw this.fails
    this.change(nameOf(channel), key, value)
  }

  pass<Reference extends ChannelReference>(channel: Reference, key: string, value: ValueOf<Reference>): void {
    this.emit('passing', { channel: nameOf(channel), key, entity: entityA, value })
  }

  async unset(channel: ChannelReference, key: string): Promise<boolean> {
    if (this.fails !== undefined) throw this.fails
    const had = this.#channel(nameOf(channel)).has(key)
    if (had) this.change(nameOf(channel), key, undefined)
    return had
  }

  get<Reference extends ChannelReference>(channel: Reference, key: string): SummaryOf<Reference> | undefined {
    return this.#channel(nameOf(channel)).get(key) as SummaryOf<Reference> | undefined
  }

  list<Reference extends ChannelReference>(channel: Reference, pattern = '*'): ValueView<SummaryOf<Reference>>[] {
    const matches = nameMatcher(pattern)
    const values = [...this.#channel(nameOf(channel))].filter(([key]) => matches(key))
    return values.sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, value]) => ({ key, value: value as never }))
  }

  /** What the control interface does not use is not faked. */
  snapshot(): never {
    throw new Error('a fake node has no snapshots')
  }

  watch(): never {
    throw new Error('a fake node cannot be watched: listen to its events')
  }

  async until(): Promise<never> {
    throw new Error('a fake node does not wait')
  }

  async settled(): Promise<CheckReport> {
    return this.report
  }

  explain(reference: ChannelReference, key: string): Explanation {
    const channel = nameOf(reference)
    const value = this.#channel(channel).get(key)
    const entry: EntryView = {
      entity: entityA,
      name: 'pbx-a',
      value,
      sinceMs: Date.UTC(2026, 0, 1),
      stamp: stampAt(Date.UTC(2026, 0, 1)),
      incarnation: 7,
      status: 'self',
      counted: true,
      why: 'it is this node',
    }
    return { channel, key, value, entries: value === undefined ? [] : [entry], rule: 'the only entry counts' }
  }

  speakers(channel: ChannelReference, key: string): readonly EntityId[] {
    return this.#channel(nameOf(channel)).has(key) ? [entityA] : []
  }

  members(): MemberView[] {
    return this.memberViews
  }

  channels(): ChannelView[] {
    return [...this.values].map(([channel, values]) => ({
      channel,
      publish: true,
      subscribe: true,
      keys: values.size,
      ownEntries: values.size,
      publishers: 2,
      subscribers: 2,
    }))
  }

  stats(): StatsView {
    return this.counts
  }

  trust(): TrustView[] {
    return this.bindings
  }

  async forgetTrust(entity: string): Promise<boolean> {
    if (this.fails !== undefined) throw this.fails
    const known = this.bindings.some((binding) => binding.entity === entity)
    this.bindings = this.bindings.filter((binding) => binding.entity !== entity)
    return known
  }

  async pinTrust(entity: string, peer: string): Promise<void> {
    if (this.fails !== undefined) throw this.fails
    this.bindings = [binding({ entity: entity as EntityId, peer: peer as PeerId, name: undefined, standing: 'unseen' })]
  }

  async roundTrips({ changes = 20 }: RoundTripOptions = {}): Promise<RoundTripReport> {
    if (this.fails !== undefined) throw this.fails
    const times = Array.from({ length: changes }, (_, at) => at + 1)
    const timed = { entity: entityB, name: 'pbx-b', questionMs: times.map(() => 0.5), changeMs: times }
    return { key: 'Custom:lampfield-bench-00000000', changes, members: [timed, ...this.unheard] }
  }

  async check(): Promise<CheckReport> {
    return this.report
  }

  /** Changes a value and tells it. */
  change(channel: string, key: string, after: unknown, by: EntityId = entityA): void {
    const values = this.#channel(channel)
    const before = values.get(key)
    if (after === undefined) values.delete(key)
    else values.set(key, after)
    this.emit('entry', { channel, key, entity: by, before, after, delayMs: by === entityA ? undefined : 12 })
    this.emit('change', { channel, key, before, after, by })
  }

  tell<Name extends keyof NodeEvents>(name: Name, detail: NodeEvents[Name]): void {
    this.emit(name, detail)
  }

  #channel(name: string): Map<string, unknown> {
    const values = this.values.get(name)
    if (values === undefined) throw new Failure('channel-closed', `there is no channel "${name}" here`)
    return values
  }
}

export function binding(difference: Partial<TrustView>): TrustView {
  return { entity: entityB, name: 'pbx-b', peer: peerB, standing: 'alive', claimedBy: undefined, ...difference }
}

export function member(difference: Partial<MemberView>): MemberView {
  return {
    entity: entityA,
    name: 'pbx-a',
    peer: peerA,
    status: 'self',
    connected: true,
    addresses: ['/ip4/192.0.2.1/tcp/4001'],
    channels: [{ channel: 'device_state', publish: true, subscribe: true }],
    incarnation: 1_770_000_000_000,
    statusForMs: 61_000,
    heardAgoMs: 0,
    roundTripMs: undefined,
    lagMs: 0,
    agrees: true,
    entries: 2,
    alarms: [],
    ...difference,
  }
}

const nameOf = (channel: ChannelReference): string => (typeof channel === 'string' ? channel : channel.name)
