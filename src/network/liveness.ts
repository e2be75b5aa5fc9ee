export interface LivenessSettings {
  /** Checks without a byte from the other end before it is pinged. Default 2. */
  readonly quietMax: number
  /** Checks without a byte after that before the connection counts as dead. Default 6. */
  readonly patienceMax: number
  /** Checks between two pings of a connection that is never quiet, to know its round trip. Default 20. */
  readonly measureEvery: number
}

export const livenessDefaults: LivenessSettings = Object.freeze({ quietMax: 2, patienceMax: 6, measureEvery: 20 })

/** What to do with whom. */
export interface LivenessVerdict<Connection> {
  readonly ping: readonly Connection[]
  readonly dead: readonly Connection[]
}

interface State {
  bytesIn: number
  quiet: number
  sincePing: number
}

/**
 * Tells dead connections from quiet ones. Any byte is a sign of life, so a busy peer needs no ping and one that is slow to answer is not given up
 * while its data still arrives. Patience is counted in checks and not in milliseconds: a process that stood still makes no checks, and
 * so does not blame its peers for its own pause; libp2p's connection monitor does, and cuts every connection after a stall of 3 s.
 */
export class Liveness<Connection extends object> {
  readonly #settings: LivenessSettings
  readonly #states = new WeakMap<Connection, State>()

  constructor(settings?: Partial<LivenessSettings>) {
    this.#settings = { ...livenessDefaults, ...settings }
  }

  /** A sign of life that the byte count does not show. */
  heard(connection: Connection): void {
    const state = this.#states.get(connection)
    if (state !== undefined) state.quiet = 0
  }

  /** One check over all connections, each with the bytes received over it so far. */
  check(connections: Iterable<readonly [Connection, number]>): LivenessVerdict<Connection> {
    const { quietMax, patienceMax, measureEvery } = this.#settings
    const ping: Connection[] = []
    const dead: Connection[] = []
    for (const [connection, bytesIn] of connections) {
      const state = this.#states.get(connection)
      if (state === undefined) {
        this.#states.set(connection, { bytesIn, quiet: 0, sincePing: 0 })
        continue
      }
      state.quiet = bytesIn === state.bytesIn ? state.quiet + 1 : 0
      state.bytesIn = bytesIn
      state.sincePing += 1
      if (state.quiet >= quietMax + patienceMax) dead.push(connection)
      else if (state.quiet === quietMax || state.sincePing >= measureEvery) {
        state.sincePing = 0
        ping.push(connection)
      }
    }
    return { ping, dead }
  }
}
