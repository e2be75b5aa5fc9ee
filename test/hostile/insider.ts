import { createLibp2pNetwork } from '../../src/network/libp2p-network.ts'
import type { Libp2pNode } from '../../src/network/libp2p-node.ts'
import type { Network } from '../../src/network/network.ts'
import { topicsOf, type Topics } from '../../src/node/topics.ts'
import { decodeMessage } from '../../src/protocol/decode.ts'
import { announcementBytes, encodeMessage, farewellBytes } from '../../src/protocol/encode.ts'
import type { HeartbeatMessage, Message } from '../../src/protocol/messages.ts'
import { systemClock } from '../../src/runtime/clock.ts'
import { systemRandom } from '../../src/runtime/random.ts'
import { ed25519, type KeyPair, type Signatures } from '../../src/runtime/signature.ts'
import type { Announcement } from '../../src/state/announcement.ts'
import type { EntityId } from '../../src/state/entity-id.ts'
import type { PeerId } from '../../src/state/peer-id.ts'

/** A member with the right key and a node of its own making: it says whatever a test wants. */
export class Insider {
  readonly keys: KeyPair
  readonly network: Network
  readonly topics: Topics
  readonly heard: Uint8Array[] = []
  /** The latest heartbeat of each. */
  readonly announced: Map<EntityId, Announcement> = new Map()
  readonly #cluster: string
  readonly #signatures: Signatures
  #sequence = 0
  /** What it answers to questions. */
  answer: (frame: Uint8Array, peer: PeerId) => Iterable<Uint8Array> = () => []

  constructor(
    cluster: string,
    clusterKeys: readonly Uint8Array[],
    peers: readonly string[],
    listen: string = '/ip4/127.0.0.1/tcp/0',
    /** In virtual time: another network, with quick signatures. */
    virtual?: { readonly signatures: Signatures; readonly network: (keys: KeyPair) => Network },
    /** What is inside, for what no node says. */
    tap?: (node: Libp2pNode) => void,
  ) {
    this.#signatures = virtual?.signatures ?? ed25519()
    this.keys = this.#signatures.generate()
    this.#cluster = cluster
    this.topics = topicsOf(cluster, clusterKeys)
    this.network =
      virtual?.network(this.keys) ??
      createLibp2pNetwork({
        keys: this.keys,
        topics: [this.topics.membership, this.topics.channel('device_state'), this.topics.channel('mwi')],
        protocolPrefix: this.topics.protocolPrefix,
        serviceTags: [],
        mdns: false,
        listen: [listen],
        peers,
        clusterKeys,
        clock: systemClock,
        random: systemRandom,
        tap,
      })
  }

  async start(): Promise<void> {
    this.network.subscribe(this.topics.membership)
    this.network.subscribe(this.topics.channel('device_state'))
    await this.network.start({
      admits: () => true,
      peerConnected: () => {},
      peerDisconnected: () => {},
      gossip: (_topic, data) => {
        if (this.heard.length < 10_000) this.heard.push(data)
        const message = decodeMessage(data)
        if (message.ok && message.value.kind === 'heartbeat') {
          const { announcement } = message.value
          this.announced.set(announcement.entity, announcement)
        }
        return 'accept'
      },
      request: (peer, frame) => this.answer(frame, peer),
      addressesChanged: () => {},
      offends: () => {},
      twin: () => {},
    })
  }

  /** A heartbeat that is its own, but for what is given. */
  heartbeat(given: Partial<Announcement>): HeartbeatMessage {
    this.#sequence += 1
    const announcement: Announcement = {
      entity: '02:00:00:00:66:66' as EntityId,
      publicKey: this.keys.publicKey,
      life: { incarnation: Date.now(), nonce: 1 },
      sequence: this.#sequence,
      name: 'insider',
      addresses: [],
      channels: [{ channel: 'device_state', publish: true, subscribe: true }],
      heartbeatMs: 1000,
      wantsRelay: false,
      hasTwin: false,
      links: { all: false, marks: [] },
      stands: [],
      ...given,
    }
    const signature = this.#signatures.sign(this.keys, announcementBytes(this.#cluster, announcement))
    return { kind: 'heartbeat', announcement, signature }
  }

  /** Says that an entity leaves, in its own handwriting. */
  farewell(entity: EntityId): Message {
    const said = {
      entity,
      publicKey: this.keys.publicKey,
      life: { incarnation: Date.now() * 2, nonce: 1 },
      sequence: 1,
    }
    return {
      kind: 'farewell',
      ...said,
      signature: this.#signatures.sign(this.keys, farewellBytes(this.#cluster, said)),
    }
  }

  gossip(message: Message | Uint8Array): void {
    const isBytes = message instanceof Uint8Array
    const channel = !isBytes && (message.kind === 'run' || message.kind === 'roll-over') ? 'device_state' : undefined
    const topic = channel === undefined ? this.topics.membership : this.topics.channel(channel)
    void this.network.publish(topic, isBytes ? message : encodeMessage(message))
  }

  /** Asks everybody it is linked with. */
  askAll(message: Message | Uint8Array): void {
    const frame = message instanceof Uint8Array ? message : encodeMessage(message)
    for (const { peer } of this.network.links()) {
      this.network.request(peer, frame, { frame: () => {}, end: () => {} })
    }
  }
}
