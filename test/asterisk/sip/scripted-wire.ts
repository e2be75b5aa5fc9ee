import type { Clock } from '../../../src/runtime/clock.ts'
import type { Origin, Place, Transport, Wire, WireHandlers } from '../../../src/asterisk/sip/wire.ts'

/** One thing that was sent: a request of our own, or a response. */
export interface Sent {
  readonly atMs: number
  readonly text: string
  readonly transport: Transport
}

/** A wire that keeps what is sent, hands it to a peer, and receives what the test says. Everything takes one millisecond. */
export class ScriptedWire implements Wire {
  readonly sent: Sent[] = []
  readonly #clock: Clock
  #handlers: WireHandlers | undefined
  /** Who hears what is sent. */
  peer: (text: string, transport: Transport) => void = () => {}

  constructor(clock: Clock) {
    this.#clock = clock
  }

  async start(handlers: WireHandlers): Promise<void> {
    this.#handlers = handlers
  }

  async stop(): Promise<void> {
    this.#handlers = undefined
  }

  send(data: Uint8Array, transport: Transport, _to: Place): void {
    this.#keep(data, transport)
  }

  reply(data: Uint8Array, to: Origin): void {
    this.#keep(data, to.transport)
  }

  receive(text: string, origin: Partial<Origin> = {}): void {
    const from: Origin = { host: '127.0.0.1', port: 5060, transport: 'udp', stream: undefined, ...origin }
    this.#clock.after(1, () => this.#handlers?.received(Buffer.from(text), from))
  }

  lose(): void {
    this.#clock.after(1, () => this.#handlers?.lost({ host: '127.0.0.1', port: 5060 }))
  }

  #keep(data: Uint8Array, transport: Transport): void {
    const text = Buffer.from(data).toString()
    this.sent.push({ atMs: this.#clock.now(), text, transport })
    this.#clock.after(1, () => this.peer(text, transport))
  }
}
