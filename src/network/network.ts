import type { Failure } from '../runtime/failure.ts'
import type { Cancel } from '../runtime/clock.ts'
import type { PeerId } from '../state/peer-id.ts'

/**
 * What a node thinks of a gossiped message. `accept`: good, pass it on. `ignore`: nothing wrong, nothing new, do not pass it
 * on. `reject`: its sender broke the protocol; do not pass it on and count it against the peer.
 */
export type Verdict = 'accept' | 'ignore' | 'reject'

/** What a peer may do on its connection that no node does. */
export type LinkOffence =
  /** More frames, envelopes or streams than it may; told up to some hundred times a second for as long as it lasts. */
  | 'flood'
  /** A frame or an envelope that nobody writes. */
  | 'broken-message'
  /** A stream on which it asked nothing, or half a question, until it was given up. */
  | 'unfinished-question'

/** What a network tells its node. All calls come one at a time, never from inside a call of the node into the network. */
export interface NetworkHandlers {
  /** The first connection to a peer is up: frames can be exchanged. */
  peerConnected(peer: PeerId): void
  /** The last connection to a peer is gone. */
  peerDisconnected(peer: PeerId): void
  /** Whether a peer may be connected with; asked each time before a connection to it comes up. */
  admits(peer: PeerId): boolean
  /** A message of a subscribed topic, once for each message; `from` is the neighbour that handed it over. */
  gossip(topic: string, data: Uint8Array, from: PeerId): Verdict
  /**
   * A peer asks. The answer is any number of frames, taken one by one as the stream drains; ending the iteration ends the
   * answer. Throwing breaks the stream, and only that.
   */
  request(peer: PeerId, frame: Uint8Array): Iterable<Uint8Array>
  /**
   * Two running processes have the key of this peer, which may be this node's own: one is a copy of the other's data directory. Told each time
   * that the second one is met; `address` is where. Here the first one keeps its place.
   */
  twin(peer: PeerId, address: string): void
  /** A peer does on its connection what no node does, before that comes to be a message or a question. */
  offends(peer: PeerId, offence: LinkOffence): void
  /** The node's own reachable addresses are others than before. */
  addressesChanged(addresses: readonly string[]): void
}

/** Where the frames of an answer go. After `end` nothing more comes. */
export interface AnswerHandlers {
  /** One frame of the answer; they come in order. */
  frame(frame: Uint8Array): void
  /** The answer is complete, or broke off: unreachable peer, time-out, broken or oversize frames. */
  end(failure: Failure | undefined): void
}

/** How a peer is asked. */
export interface RequestOptions {
  /** Gives up when no frame came for this long. Default 5000 ms. */
  readonly idleTimeoutMs?: number
}

/** One connected peer. */
export interface Link {
  readonly peer: PeerId
  /** The remote multiaddress, without the peer ID. */
  readonly address: string
  readonly direction: 'inbound' | 'outbound'
  /** Clock time (monotonic) at which the link came up. */
  readonly sinceMs: number
  /** Last measured round trip, where one was measured. */
  readonly roundTripMs: number | undefined
  /** For how long no gossip has come over it, be it new or known, its peer's own or passed on; undefined where the network cannot tell. */
  readonly quietMs?: number | undefined
}

/** Counters since start; they only grow. */
export interface NetworkCounters {
  readonly bytesIn: number
  readonly bytesOut: number
  readonly messagesIn: number
  readonly messagesOut: number
  readonly dials: number
  readonly dialFailures: number
  /** Links the watchdog renewed because gossip no longer passed over them. */
  readonly watchdogRenewals: number
  /** What was turned away before the node saw it, by reason: `foreign-key`, `no-key` and so on. */
  readonly refused: Readonly<Record<string, number>>
}

/**
 * The port to other nodes: gossip on topics, direct exchanges of frames, and being connected to whoever should be
 * connected. Two implementations: libp2p, and one in memory for tests and the simulator.
 */
export interface Network {
  readonly self: PeerId
  /** Listens and begins to look for peers. Rejects with `address-unusable` when it cannot listen. */
  start(handlers: NetworkHandlers): Promise<void>
  /** Closes every link and stops looking. Calling it again does nothing. */
  stop(): Promise<void>
  /** Own multiaddresses, without the peer ID. */
  addresses(): readonly string[]
  /** The connected peers. */
  links(): readonly Link[]
  /** What was counted since `start`. */
  counters(): NetworkCounters
  /** Takes part in the gossip of a topic; twice is once. */
  subscribe(topic: string): void
  /** Takes part no more: nothing of the topic is told from now on. */
  unsubscribe(topic: string): void
  /**
   * Hands a message to the gossip of a topic. It is lossy by nature; resolves when the message is handed to the neighbours'
   * streams, and never rejects. For a message over the limit the call itself throws `limit-reached`, before anything is sent.
   */
  publish(topic: string, data: Uint8Array): Promise<void>
  /**
   * Hands a message of a topic on to some neighbours, and to nobody else: for one that `NetworkHandlers.gossip` has just been told of, from inside that
   * call. Where a network cannot do so, the node has it pass the message on as it pleases.
   */
  handOn?(topic: string, data: Uint8Array, peers: readonly PeerId[]): void
  /** Asks one connected peer. Cancelling ends the exchange without calling `end`. */
  request(peer: PeerId, frame: Uint8Array, answer: AnswerHandlers, options?: RequestOptions): Cancel
  /**
   * Keeps trying to be connected to whoever answers at these addresses (as `host:port` or multiaddresses, with or without a peer ID), and no
   * more at those named so before; open links stay. Throws `invalid-argument` for what is no address, and changes nothing then.
   */
  seek(addresses: readonly string[]): void
  /**
   * Makes a peer known, freshest addresses first: from now on the network keeps trying to be connected to it. For the own peer ID: the network
   * looks whether somebody else answers there with the own key.
   */
  remember(peer: PeerId, addresses: readonly string[]): void
  /** Stops trying to reach a peer; an open link stays. */
  forget(peer: PeerId): void
  /** Closes all links to a peer. With `misconduct`, little is let in from its addresses for a while, under whatever name. */
  disconnect(peer: PeerId, why?: 'misconduct'): void
}
