import { setMaxListeners } from 'node:events'
import type { Cancel, Clock } from '../runtime/clock.ts'

export interface DialerSettings {
  /** The next address starts when the one before failed, or after so long without an answer. Default 250 ms (RFC 8305, section 5). */
  readonly staggerMs: number
  /** Addresses of one peer tried at a time. Default 4. */
  readonly inFlightMax: number
  /**
   * One address is given up after so long, handshake included. Default 5000 ms: what listens and never answers must end, and a busy peer needs
   * time. Silence on the network ends sooner, by the transport's own time-out for connecting.
   */
  readonly attemptMaxMs: number
}

const dialerDefaults: DialerSettings = Object.freeze({ staggerMs: 250, inFlightMax: 4, attemptMaxMs: 5000 })

export type DialOne<Connection> = (address: string, signal: AbortSignal) => Promise<Connection>

export interface DialResult<Connection> {
  /** The first to answer, if any did. */
  readonly reached: { readonly address: string; readonly connection: Connection } | undefined
  readonly failed: readonly string[]
  /** The last address's error, for the log. */
  readonly error: unknown
}

/**
 * Tries the addresses of one peer in the given order, overlapping: an address that stays silent delays the next by `staggerMs` and no
 * more. The first connection wins, the other attempts are aborted, and a connection that comes up all the same is handed to `spare`.
 * Aborting `signal` aborts all; the result then names no address.
 */
export function dialAny<Connection>(
  clock: Clock,
  addresses: readonly string[],
  dialOne: DialOne<Connection>,
  spare: (connection: Connection) => void,
  signal: AbortSignal,
  settings: DialerSettings = dialerDefaults,
): Promise<DialResult<Connection>> {
  return new Promise((resolve) => {
    const all = new AbortController()
    const failed: string[] = []
    let next = 0
    let inFlight = 0
    let isOver = false
    let lastError: unknown
    let cancelStagger: Cancel = () => {}

    const finish = (reached: DialResult<Connection>['reached']): void => {
      if (isOver) return
      isOver = true
      cancelStagger()
      signal.removeEventListener('abort', abandon)
      all.abort()
      resolve({ reached, failed, error: lastError })
    }
    const abandon = (): void => finish(undefined)

    const start = (): void => {
      cancelStagger()
      const address = addresses[next]
      if (isOver || inFlight >= settings.inFlightMax) return
      if (address === undefined) {
        if (inFlight === 0) finish(undefined)
        return
      }
      next += 1
      inFlight += 1
      const attempt = new AbortController()
      // libp2p listens at it in every layer of the handshake.
      setMaxListeners(Infinity, attempt.signal)
      const stop = (): void => attempt.abort()
      all.signal.addEventListener('abort', stop, { once: true })
      const cancelAttempt = clock.after(settings.attemptMaxMs, stop)
      // The signal stays tied to the socket for as long as that lives: once an attempt has ended nothing may abort it.
      const settle = (): void => {
        cancelAttempt()
        all.signal.removeEventListener('abort', stop)
        inFlight -= 1
      }
      cancelStagger = clock.after(settings.staggerMs, start)
      dialOne(address, attempt.signal)
        .then(
          (connection) => {
            settle()
            if (isOver) spare(connection)
            else finish({ address, connection })
          },
          (error: unknown) => {
            settle()
            lastError = error
            if (isOver) return
            failed.push(address)
            start()
          },
        )
        .catch(() => {})
    }

    if (signal.aborted) return abandon()
    signal.addEventListener('abort', abandon, { once: true })
    start()
  })
}
