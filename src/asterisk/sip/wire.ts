/** An address and a port. */
export interface Place {
  readonly host: string
  readonly port: number
}

export type Transport = 'udp' | 'tcp'

/** Where a message came from, and so where its response goes. */
export interface Origin extends Place {
  readonly transport: Transport
  /** The stream it came on; undefined for datagrams. */
  readonly stream: number | undefined
}

export interface WireHandlers {
  /** Whether a stream from there is taken at all: streams are few, and others must not use them up. */
  accepts(place: Place): boolean
  /** One datagram, or one message cut out of a stream. */
  received(data: Uint8Array, origin: Origin): void
  /** What was sent towards a place over a stream is lost from here on: it was refused or broke. */
  lost(place: Place): void
  /** Something was thrown away before it was a message. */
  dropped(reason: string): void
}

/**
 * The port to the sockets: the machine's own, or a scripted one in tests. A call of the handlers never comes from inside a call of
 * the wire.
 */
export interface Wire {
  /** Rejects with `address-unusable` where it cannot listen. */
  start(handlers: WireHandlers): Promise<void>
  stop(): Promise<void>
  /** Sends a request; over TCP a stream to that place is opened where none is. */
  send(data: Uint8Array, transport: Transport, to: Place): void
  /** Sends a response back where the request came from. */
  reply(data: Uint8Array, to: Origin): void
}
