import type { Clock } from '../runtime/clock.ts'
import type { Log } from '../runtime/log.ts'
import type { Random } from '../runtime/random.ts'
import type { Signatures } from '../runtime/signature.ts'
import type { Network, NetworkHandlers, Verdict } from '../network/network.ts'
import { encodeMessage } from '../protocol/encode.ts'
import { decodeMessage } from '../protocol/decode.ts'
import { limits } from '../protocol/limits.ts'
import type { HeartbeatMessage, MembershipMessage, Stand } from '../protocol/messages.ts'
import { Replica } from '../replica/replica.ts'
import type { Head, Transfer } from '../replica/transfer.ts'
import { documentKey, type DocumentId } from '../state/document-id.ts'
import type { EntityId } from '../state/entity-id.ts'
import { peerIdOf, type PeerId } from '../state/peer-id.ts'
import type { Life } from '../state/version.ts'
import { Agreements } from './agreement.ts'
import { AntiEntropy, standOf } from './anti-entropy.ts'
import { Answers } from './answers.ts'
import { Counters } from './counters.ts'
import { EarlyRuns } from './early-runs.ts'
import { Entries } from './entries.ts'
import type { Tell } from './events.ts'
import type { Fold } from './fold.ts'
import { Gossip } from './gossip.ts'
import { Heartbeat } from './heartbeat.ts'
import type { Identity } from './identity.ts'
import { Members } from './members.ts'
import { MembershipIntake } from './membership-intake.ts'
import type { Memory, Remembered } from './memory.ts'
import type { Timing } from './options.ts'
import type { Topics } from './topics.ts'

export interface CoreParts {
  readonly identity: Identity
  readonly remembered: Remembered
  readonly memory: Memory
  readonly folds: ReadonlyMap<string, Fold>
  readonly topics: Topics
  readonly network: Network
  readonly cluster: string
  readonly name: string
  readonly timing: Timing
  readonly clock: Clock
  readonly random: Random
  readonly signatures: Signatures
  readonly log: Log
  readonly tell: Tell
}

/** Heartbeats of a large cluster are spread out: milliseconds a member, above the least period. */
const heartbeatPerMemberMs = 10

/** A document that differs is fetched anew at most once in so many milliseconds: two liars must not make it spin. */
const repairEveryMs = 10_000

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
  readonly antiEntropy: AntiEntropy
  readonly counters: Counters = new Counters()
  readonly parts: CoreParts
  readonly #gossip: Gossip
  readonly #heartbeat: Heartbeat
  readonly #answers: Answers
  readonly #intake: MembershipIntake
  readonly #early = new EarlyRuns()
  readonly #newerPeers = new Set<PeerId>()
  #life: Life
  readonly #repairedAtMs = new Map<string, number>()

  constructor(parts: CoreParts) {
    this.parts = parts
    const { identity, network, clock, counters } = { ...parts, counters: this.counters }
    this.entity = identity.entity
    this.#life = identity.life
    this.peer = peerIdOf(identity.keys.publicKey)
    this.members = this.#makeMembers()
    this.#intake = new MembershipIntake({
      counters,
      members: this.members,
      signatures: parts.signatures,
      cluster: parts.cluster,
    })
    this.entries = this.#makeEntries()
    this.#gossip = new Gossip({
      network,
      topics: parts.topics,
      counters,
      membership: (message, from) => this.#takeMembership(message, from),
      transfer: (transfer, from) => this.#takeTransfer(transfer, from),
      newerVersion: (from) => this.#newerVersion(from),
    })
    this.antiEntropy = new AntiEntropy({
      clock,
      network,
      counters,
      random: parts.random,
      periodMs: parts.timing.antiEntropyMs,
      channels: () => this.subscribed(),
      countedHeads: (channel) => this.#countedHeads(channel),
      headOf: (document) => this.entries.replica.head(document),
      wanted: (document) => this.#isWanted(document),
      ownerOf: (document) => this.members.linkedPeer(document.entity),
      receive: (transfer, from) => void this.#takeTransfer(transfer, from),
      disagree: (stand, from) => this.#disagree(stand, from),
    })
    this.#heartbeat = this.#makeHeartbeat()
    this.agreements = new Agreements({
      entity: this.entity,
      network,
      folds: () => [...parts.folds.values()].filter((fold) => fold.role.subscribe),
      counted: () => this.members.counted(),
    })
    this.#answers = new Answers({
      counters,
      antiEntropy: this.antiEntropy,
      agreements: this.agreements,
      channels: () => this.subscribed(),
      transfers: (document, since) => this.entries.replica.transfers(document, since),
      greet: (message, peer) => this.#greet(message, peer),
      evidence: (message, peer) => this.#intake.evidence(message, peer),
      newerVersion: (peer) => this.#newerVersion(peer),
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
    for (const { peer, addresses } of remembered.peers) network.remember(peer, addresses)
    this.members.start()
    this.#heartbeat.start()
    this.antiEntropy.start()
  }

  /** Says farewell and closes the network. */
  async stop(): Promise<void> {
    this.entries.close()
    this.antiEntropy.stop()
    this.members.stop()
    await this.#gossip.publishMembership(this.#heartbeat.farewell())
    await this.parts.network.stop()
  }

  /** Channels this node keeps copies of. */
  subscribed(): string[] {
    return [...this.parts.folds.values()].filter(({ role }) => role.subscribe).map(({ role }) => role.channel)
  }

  #handlers(): NetworkHandlers {
    return {
      peerConnected: (peer) => this.#connected(peer),
      peerDisconnected: (peer) => this.#disconnected(peer),
      gossip: (topic, data, from) => this.#gossip.intake(topic, data, from),
      request: (peer, frame) => this.#answers.answer(peer, frame),
      addressesChanged: () => this.#heartbeat.beat(),
    }
  }

  #connected(peer: PeerId): void {
    this.members.apply({ kind: 'connected', peer })
    // Both sides introduce themselves and compare: whoever comes first, neither waits for a period to end.
    this.parts.network.request(peer, encodeMessage(this.#heartbeat.next()), {
      frame: (bytes) => {
        const message = decodeMessage(bytes)
        if (message.ok && message.value.kind === 'heartbeat') this.#takeMembership(message.value, peer)
        else this.counters.refuse(message.ok ? 'unexpected-kind' : message.reason)
      },
      end: () => this.antiEntropy.compare(peer),
    })
  }

  #disconnected(peer: PeerId): void {
    this.antiEntropy.disconnected(peer)
    this.members.apply({ kind: 'disconnected', peer })
  }

  #greet(message: HeartbeatMessage, peer: PeerId): HeartbeatMessage {
    this.#takeMembership(message, peer)
    return this.#heartbeat.next()
  }

  #takeMembership(message: MembershipMessage, from: PeerId): Verdict {
    const verdict = this.#intake.take(message, from)
    if (message.kind === 'heartbeat' && verdict === 'accept') this.#noticeStands(message, from)
    return verdict
  }

  /** A heartbeat tells where its sender's documents stand: a copy that lags is seen at once. */
  #noticeStands({ announcement }: HeartbeatMessage, from: PeerId): void {
    const { entity, life, stands } = announcement
    if (entity === this.entity) return
    const documents = stands.map(({ channel, shard, epoch, clock, mark }): Stand => {
      return { document: { entity, channel, shard }, version: { ...life, epoch, clock }, mark }
    })
    this.antiEntropy.notice(documents, from)
  }

  #takeTransfer(transfer: Transfer, from: PeerId): Verdict {
    const { document, version } = transfer.head
    if (!this.#isWanted(document)) return 'ignore'
    const received = this.entries.receive(transfer)
    switch (received.kind) {
      case 'applied':
        // In a copy that has just caught up, steps that came early may fit now; what does not fit yet is a gap again.
        for (const early of this.#early.take(document, version)) this.#takeTransfer(early, from)
        return 'accept'
      case 'gap':
        this.#early.keep(transfer)
        this.antiEntropy.gap(document, version, from)
        return 'accept'
      case 'refused':
        if (received.isSigned) this.#repair(document, received.reason)
        return 'ignore'
      case 'duplicate':
      case 'stale':
      case 'own':
      case 'unknown-entity':
        return 'ignore'
    }
  }

  #isWanted(document: DocumentId): boolean {
    const role = this.parts.folds.get(document.channel)?.role
    return role?.subscribe === true && document.entity !== this.entity && this.members.isKept(document.entity)
  }

  *#countedHeads(channel: string): Generator<Head> {
    for (const head of this.entries.replica.heads({ channel })) {
      if (this.members.isCounted(head.document.entity)) yield head
    }
  }

  #disagree(stand: Stand, from: PeerId): void {
    const { document } = stand
    this.counters.add('disagreements')
    const sentence = `${this.members.nameOf(document.entity)} at the same version differs between here and ${this.members.nameOfPeer(from)} (${documentKey(document)})`
    this.parts.log.warn('copies disagree', { document: documentKey(document), peer: from })
    this.parts.tell('alarm', { kind: 'disagreement', entity: document.entity, sentence, standing: false })
    this.#repair(document, 'disagreement')
  }

  /** A copy that cannot be right is dropped and fetched anew, from its owner where it can be reached. */
  #repair(document: DocumentId, reason: string): void {
    const key = documentKey(document)
    const now = this.parts.clock.now()
    if (now - (this.#repairedAtMs.get(key) ?? Number.NEGATIVE_INFINITY) < repairEveryMs) return
    this.#repairedAtMs.set(key, now)
    this.counters.add('repairs')
    this.parts.log.warn('a copy is fetched anew', { document: key, reason })
    this.entries.replica.drop(document.entity)
    const owner = this.members.linkedPeer(document.entity)
    if (owner !== undefined) this.antiEntropy.compare(owner)
  }

  /** A newer protocol is nobody's fault, but a person has to know: it is told once for each peer. */
  #newerVersion(from: PeerId): void {
    if (this.#newerPeers.has(from) || this.#newerPeers.size >= limits.membersMax) return
    this.#newerPeers.add(from)
    const sentence = `${this.members.nameOfPeer(from)} speaks a newer protocol than this node: upgrade this node`
    this.parts.log.warn(sentence, { peer: from })
    this.parts.tell('alarm', { kind: 'newer-version', entity: undefined, sentence, standing: false })
  }

  #makeMembers(): Members {
    const { identity, name, remembered, memory, network, timing, clock, log, tell } = this.parts
    return new Members({
      identity,
      name,
      bindings: remembered.bindings,
      memory,
      network,
      timing,
      clock,
      log,
      tell,
      setCounted: (entity, counted) => this.entries.setCounted(entity, counted),
      supersede: (entity, life) => this.entries.replica.supersede(entity, life),
      drop: (entity) => this.entries.replica.drop(entity),
      refute: () => this.#heartbeat.beat(),
      accuse: (message) => void this.#gossip.publishMembership(message),
      takeNextLife: (above) => void this.#takeNextLife(above),
      ownEvidence: () => this.#heartbeat.next(),
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
    const { clock, timing, folds, cluster, identity, signatures, tell } = this.parts
    return new Entries({
      entity: this.entity,
      clock,
      folds,
      counters: this.counters,
      coalesceMs: timing.coalesceMs,
      makeReplica: (onChange) =>
        new Replica({
          self: this.entity,
          cluster,
          clock,
          onChange,
          limits: {
            keyMaxBytes: limits.keyMaxBytes,
            valueMaxBytes: limits.valueMaxBytes,
            keysPerDocumentMax: limits.keysPerDocumentMax,
            documentsPerEntityMax: limits.documentsPerEntityMax,
            entriesPerEntityMax: limits.entriesPerEntityMax,
            updateMaxBytes: limits.updateMaxBytes,
            structsPerUpdateMax: limits.updateMaxStructs,
            updatesPerTransferMax: limits.updatesPerTransferMax,
            entitiesMax: limits.membersMax,
          },
          sign: (bytes) => signatures.sign(identity.keys, bytes),
          verify: (entity, bytes, signature) => {
            const publicKey = this.members.publicKeyOf(entity)
            if (publicKey === undefined) return 'unknown-entity'
            return signatures.verify(publicKey, bytes, signature) ? 'good' : 'bad'
          },
          admit: (channel, key, value) => {
            const fold = folds.get(channel)
            if (fold === undefined) return 'channel-closed'
            const read = fold.read(value)
            return read.ok ? (fold.channel.validKey(key) === undefined ? undefined : 'key-invalid') : read.reason
          },
        }),
      publish: (transfers) => this.#gossip.publish(transfers),
      tellChange: (change) => tell('change', change),
      tellEntry: (change) => tell('entry', change),
    })
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
        stands: this.#ownStands(),
      }),
      announced: (sequence) => this.members.apply({ kind: 'announced', life: this.#life, sequence }),
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
