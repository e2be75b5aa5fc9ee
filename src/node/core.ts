import type { Evidence } from '../membership/member.ts'
import type { NetworkHandlers, Verdict } from '../network/network.ts'
import { limits } from '../protocol/limits.ts'
import type {
  AccusationMessage,
  EvidenceMessage,
  HeartbeatMessage,
  MembershipMessage,
  PassingMessage,
  Stand,
} from '../protocol/messages.ts'
import type { Head } from '../replica/transfer.ts'
import type { EntityId } from '../state/entity-id.ts'
import { peerIdOf, type PeerId } from '../state/peer-id.ts'
import { versionIn, type Life } from '../state/version.ts'
import { Agreements } from './agreement.ts'
import { AntiEntropy } from './anti-entropy.ts'
import { Answers } from './answers.ts'
import type { CoreParts } from './core-parts.ts'
import { Counters } from './counters.ts'
import { Entries } from './entries.ts'
import { ForeignVersions, isForeignVersion } from './foreign-versions.ts'
import { Gossip } from './gossip.ts'
import { Lags } from './lags.ts'
import { Gatekeeper } from './gatekeeper.ts'
import { Heartbeat } from './heartbeat.ts'
import { Informer } from './informer.ts'
import { takeLeave } from './leave-taking.ts'
import { makeReplica } from './make-replica.ts'
import { Members } from './members.ts'
import { MembershipIntake } from './membership-intake.ts'
import { Passing } from './passing.ts'
import { Questions } from './questions.ts'
import { Spread } from './spread.ts'
import { standOf } from './stand.ts'
import { TransferIntake } from './transfer-intake.ts'
import { Waitlist } from './waitlist.ts'

/** Heartbeats of a large cluster are spread out: milliseconds a member, above the least period. */
const heartbeatPerMemberMs = 10

/**
 * The engine of a node: replica, membership, gossip and anti-entropy, put together. It has no promise in its paths and reads no
 * clock of its own, so it runs the same on a network and in the simulator.
 */
export class Core {
  readonly entity: EntityId
  readonly peer: PeerId
  readonly entries: Entries
  readonly members: Members
  readonly agreements: Agreements
  readonly lags: Lags
  readonly antiEntropy: AntiEntropy
  readonly counters: Counters = new Counters()
  readonly gatekeeper: Gatekeeper
  readonly parts: CoreParts
  readonly questions: Questions
  readonly passing: Passing
  readonly waitlist: Waitlist
  readonly #gossip: Gossip
  readonly #heartbeat: Heartbeat
  readonly #spread: Spread
  readonly #answers: Answers
  readonly #intake: MembershipIntake
  readonly #transfers: TransferIntake
  readonly #foreign: ForeignVersions
  #life: Life

  constructor(parts: CoreParts) {
    this.parts = parts
    const counted = { ...parts, counters: this.counters }
    const { identity, network, counters } = counted
    this.entity = identity.entity
    this.#life = identity.life
    this.peer = peerIdOf(identity.keys.publicKey)
    this.gatekeeper = this.#makeGatekeeper()
    this.questions = new Questions({
      network,
      counters,
      blame: (peer, offence) => this.gatekeeper.blame(peer, offence),
    })
    this.members = this.#makeMembers()
    this.#spread = this.#makeSpread()
    this.#foreign = new ForeignVersions({ tell: parts.tell, nameOfPeer: (peer) => this.members.nameOfPeer(peer) })
    const { entity, gatekeeper, members } = this
    this.#intake = new MembershipIntake({ ...parts, entity, counters, gatekeeper, members })
    this.waitlist = new Waitlist({ ...parts, members, replica: () => this.entries.replica })
    this.entries = this.#makeEntries()
    this.#transfers = this.#makeTransfers()
    this.passing = this.#makePassing()
    this.#gossip = new Gossip({
      ...counted,
      membership: (message, from) => this.#spread.ofMembership(this.#takeMembership(message, from), message, from),
      transfer: (transfer, from) => {
        return this.#spread.ofChannel(this.#transfers.take(transfer, from), transfer.head.document)
      },
      passing: (message) => this.#spread.ofChannel(this.passing.take(message), message),
      foreignVersion: (from, reason) => this.#foreign.meet(from, reason),
    })
    this.antiEntropy = new AntiEntropy({
      ...counted,
      questions: this.questions,
      periodMs: parts.timing.antiEntropyMs,
      channels: () => this.subscribed(),
      countedHeads: (channel) => this.#countedHeads(channel),
      revision: () => this.entries.replica.revision + this.members.revision,
      headOf: (document) => this.entries.replica.head(document),
      isProven: (document) => this.entries.replica.isProven(document),
      wanted: (document, life) => this.#transfers.isWanted(document, life),
      ownerOf: (document) => this.members.linkedPeer(document.entity),
      receive: (transfer, from) => void this.gatekeeper.judged(this.#transfers.take(transfer, from), from),
      blame: (peer, offence) => this.gatekeeper.blame(peer, offence),
      toldFalsely: (peer) => this.gatekeeper.toldFalsely(peer),
      isUndisputed: (document, life) => this.members.isUndisputed(document.entity, life),
      disagree: (stand, from, isOwners) => this.#transfers.disagree(stand, from, isOwners),
    })
    this.lags = this.#makeLags()
    this.#heartbeat = this.#makeHeartbeat()
    this.agreements = new Agreements({
      entity: this.entity,
      questions: this.questions,
      folds: () => [...parts.folds.values()].filter((fold) => fold.role.subscribe),
      counted: () => this.members.counted(),
    })
    this.#answers = new Answers({
      ...counted,
      antiEntropy: this.antiEntropy,
      agreements: this.agreements,
      channels: () => this.subscribed(),
      transfers: (document, since) => this.entries.replica.transfers(document, since),
      greet: (message, peer) => this.#greet(message, peer),
      farewell: (message, peer) => void this.#takeMembership(message, peer),
      evidence: (message, peer) => void this.gatekeeper.judged(this.#takeMembership(message, peer), peer),
      refusal: (message, peer) => this.#intake.refusal(message, peer),
      blame: (peer) => this.gatekeeper.blame(peer, 'broken-message'),
      foreignVersion: (peer, reason) => this.#foreign.meet(peer, reason),
    })
  }

  /** Says again what was kept on disk, then listens and speaks. */
  async start(): Promise<void> {
    const { identity, remembered, network } = this.parts
    this.entries.begin(identity.life)
    await network.start(this.#handlers())
    this.#gossip.join(this.subscribed())
    for (const { channel, key, bytes } of remembered.entries) {
      if (!this.entries.restore(channel, key, bytes)) this.counters.refuse('kept-entry-unreadable')
    }
    // Its own former addresses are among them: a machine that this one is a copy of may still be there.
    for (const { peer, addresses } of remembered.peers) network.remember(peer, addresses)
    this.#noteAddresses()
    this.members.start()
    this.#heartbeat.start()
    this.antiEntropy.start()
  }

  /** Says farewell and closes the network. */
  async stop(): Promise<void> {
    this.entries.close()
    this.antiEntropy.stop()
    this.#transfers.stop()
    this.members.stop()
    this.waitlist.stop()
    this.#spread.stop()
    await takeLeave(this.parts, this.#heartbeat.farewell(), (farewell) => this.#gossip.publishMembership(farewell))
    await this.parts.network.stop()
  }

  /** Channels this node keeps copies of. */
  subscribed(): string[] {
    return [...this.parts.folds.values()].filter(({ role }) => role.subscribe).map(({ role }) => role.channel)
  }

  #handlers(): NetworkHandlers {
    return {
      admits: (peer) => this.gatekeeper.admits(peer),
      peerConnected: (peer) => this.#connected(peer),
      peerDisconnected: (peer) => this.#disconnected(peer),
      gossip: (topic, data, from) =>
        this.gatekeeper.gossip(from, data.length, () =>
          this.#spread.take(topic, data, from, () => this.#gossip.intake(topic, data, from)),
        ),
      request: (peer, frame) => (this.gatekeeper.mayAsk(peer, frame.length) ? this.#answers.answer(peer, frame) : []),
      addressesChanged: () => {
        this.#noteAddresses()
        this.#heartbeat.beat()
      },
      offends: (peer, offence) => this.gatekeeper.offends(peer, offence),
      twin: (peer) => this.members.apply({ kind: 'twin', peer }),
    }
  }

  #noteAddresses(): void {
    this.parts.memory.peer({ peer: this.peer, addresses: this.parts.network.addresses() })
  }

  #connected(peer: PeerId): void {
    this.members.apply({ kind: 'connected', peer })
    // Both sides introduce themselves and compare: whoever comes first, neither waits for a period to end.
    this.questions.ask(peer, this.#heartbeat.greeting(), limits.framesPerGreetingMax, {
      frame: (bytes) => {
        const message = this.parts.decode(bytes)
        if (message.ok && message.value.kind === 'heartbeat') this.#takeMembership(message.value, peer)
        else this.#refuseAnswer(message.ok ? 'unexpected-kind' : message.reason, peer)
      },
      end: () => this.antiEntropy.compare(peer),
    })
  }

  #refuseAnswer(reason: string, peer: PeerId): void {
    this.counters.refuse(reason)
    if (isForeignVersion(reason)) this.#foreign.meet(peer, reason)
  }

  #disconnected(peer: PeerId): void {
    this.#foreign.disconnected(peer)
    this.antiEntropy.disconnected(peer)
    this.members.apply({ kind: 'disconnected', peer })
  }

  #greet(message: HeartbeatMessage, peer: PeerId): HeartbeatMessage {
    this.gatekeeper.judged(this.#takeMembership(message, peer), peer)
    return this.#heartbeat.greeting()
  }

  #takeMembership(message: MembershipMessage | EvidenceMessage, from: PeerId): Verdict {
    const verdict = this.#intake.take(message, from)
    if ('announcement' in message && verdict === 'accept') {
      this.#spread.heard(message.announcement)
      this.#noticeStands(message, from)
    }
    return verdict
  }

  /** A heartbeat tells where its sender's documents stand: a copy that lags is seen at once. */
  #noticeStands({ announcement }: Evidence, from: PeerId): void {
    const { entity, publicKey, life, addresses, stands } = announcement
    if (entity === this.entity) {
      // An echo of its own, or a copy of this node speaks; who lives at those addresses will show.
      const isOwnKey = Buffer.compare(publicKey, this.parts.identity.keys.publicKey) === 0
      return isOwnKey ? this.parts.network.remember(this.peer, addresses) : undefined
    }
    const documents = stands.map(({ channel, shard, epoch, clock, mark }): Stand => {
      return { document: { entity, channel, shard }, version: versionIn(life, epoch, clock), mark }
    })
    this.lags.hear(entity, documents)
    this.antiEntropy.notice(documents, from, true)
  }

  *#countedHeads(channel: string): Generator<Head> {
    for (const head of this.entries.replica.heads({ channel })) {
      if (this.members.isCounted(head.document.entity)) yield head
    }
  }

  #makeGatekeeper(): Gatekeeper {
    return new Gatekeeper({
      ...this.parts,
      counters: this.counters,
      nameOfPeer: (peer) => this.members.nameOfPeer(peer),
      entityOfPeer: (peer) => this.members.entityOfPeer(peer),
    })
  }

  #makeSpread(): Spread {
    const { entity, members, counters } = this
    const accuse = (message: AccusationMessage): void => void this.#gossip.publishMembership(message)
    return new Spread({ ...this.parts, entity, members, counters, accuse })
  }

  #makeTransfers(): TransferIntake {
    return new TransferIntake({
      ...this.parts,
      counters: this.counters,
      entity: this.entity,
      entries: this.entries,
      members: this.members,
      waitlist: this.waitlist,
      antiEntropy: () => this.antiEntropy,
      isPassedOn: (document) => this.#spread.isPassedOn(document),
      gatekeeper: this.gatekeeper,
    })
  }

  #makeMembers(): Members {
    const { entity, parts, questions } = this
    const ownEvidence = (): Evidence => this.#heartbeat.greeting()
    return new Members({
      ...parts,
      informer: new Informer({ ...parts, entity, questions, ownEvidence }),
      bindings: parts.remembered.bindings,
      allowed: () => this.gatekeeper.allowed,
      setCounted: (entity, counted) => this.entries.setCounted(entity, counted),
      supersede: (entity, life) => this.entries.replica.supersede(entity, life),
      drop: (entity) => {
        this.lags.forget(entity)
        this.waitlist.forget(entity)
        this.entries.replica.drop(entity)
      },
      release: (entity) => this.entries.replica.release(entity),
      refute: () => this.#heartbeat.beat(),
      accuse: (message) => this.#spread.doubt(message),
      takeNextLife: (above) => void this.#takeNextLife(above),
    })
  }

  /** The own entity is known with a later life than this one: begin one above it, and say everything again. */
  async #takeNextLife(above: Life): Promise<void> {
    const { memory, clock, random, log } = this.parts
    const life = await memory.nextLife({ clock, random }, above.incarnation)
    log.warn('a later life of this entity is known: beginning the next one', { ...life })
    this.counters.add('lives_taken')
    this.#life = life
    this.#heartbeat.restartSequence()
    this.entries.begin(life)
    this.#heartbeat.beat()
  }

  #makeEntries(): Entries {
    const { clock, timing, folds, cluster, identity, signatures, tell, roomBytes } = this.parts
    return new Entries({
      entity: this.entity,
      clock,
      folds,
      counters: this.counters,
      coalesceMs: timing.coalesceMs,
      makeReplica: (onChange) =>
        makeReplica({
          self: this.entity,
          cluster,
          clock,
          keys: identity.keys,
          signatures,
          folds,
          publicKeyOf: (entity) => this.members.publicKeyOf(entity),
          onChange,
          roomBytes,
          precedenceOf: (entity) => this.members.precedenceOf(entity),
          crowdedOut: (entity, needs) => {
            this.lags.forget(entity)
            this.waitlist.turnAway(entity, needs)
          },
        }),
      publish: (transfers) => this.#gossip.publish(transfers),
      bornMs: (entity) => this.members.get(entity)?.life.incarnation,
      tellChange: (change) => tell('change', change),
      tellEntry: (change) => tell('entry', change),
    })
  }

  #makeLags(): Lags {
    return new Lags({
      clock: this.parts.clock,
      headOf: (document) => this.entries.replica.head(document),
      wanted: (document, life) => this.#transfers.isWanted(document, life),
    })
  }

  #makePassing(): Passing {
    const { entity, members, counters, parts } = this
    const publish = (message: PassingMessage): void => void this.#gossip.publishPassing(message)
    return new Passing({ ...parts, entity, keys: parts.identity.keys, members, counters, publish })
  }

  #makeHeartbeat(): Heartbeat {
    const { clock, cluster, identity, signatures, name, network, timing, folds } = this.parts
    return new Heartbeat({
      clock,
      cluster,
      signatures,
      keys: identity.keys,
      describe: () => ({
        entity: this.entity,
        publicKey: identity.keys.publicKey,
        life: this.#life,
        name,
        addresses: network.addresses().slice(0, limits.addressesMax),
        channels: [...folds.values()].map(({ role }) => role),
        heartbeatMs: Math.max(timing.heartbeatMs, this.members.size * heartbeatPerMemberMs),
        ...this.#spread.needs,
        hasTwin: this.members.hasTwin,
        stands: this.#ownStands(),
      }),
      announced: (sequence, toAll) => {
        if (toAll) this.#spread.beat()
        this.members.apply({ kind: 'announced', life: this.#life, sequence, toAll })
      },
      publish: (message) => void this.#gossip.publishMembership(message),
    })
  }

  #ownStands(): { channel: string; shard: number; epoch: number; clock: number; mark: Uint8Array }[] {
    const own = [...this.entries.replica.heads({ entity: this.entity })]
    return own.map((head) => {
      const { document, version, mark } = standOf(head)
      return { channel: document.channel, shard: document.shard, epoch: version.epoch, clock: version.clock, mark }
    })
  }
}
