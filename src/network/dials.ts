import { setMaxListeners } from 'node:events'
import type { Connection } from '@libp2p/interface'
import type { Clock } from '../runtime/clock.ts'
import type { Log } from '../runtime/log.ts'
import type { PeerId } from '../state/peer-id.ts'
import { dialAny } from './dialer.ts'
import type { DialAction, DialOutcome } from './keeper-action.ts'
import type { Keeper } from './keeper.ts'
import { dialAddress, ourPeerId, type Libp2pParts } from './libp2p-node.ts'

/** A call to the own key is given up after this: a busy machine needs time for the handshake. */
const callSelfMaxMs = 3000

interface DialsParts {
  readonly clock: Clock
  readonly log: Log
  readonly self: PeerId
  readonly keeper: Keeper
  readonly parts: Libp2pParts
  readonly isLinked: (peer: PeerId) => boolean
  /** The keeper was told how a dial ended. */
  readonly ended: () => void
}

/**
 * Carries out the keeper's dials over libp2p's transports. Its own dial queue is passed by: that takes one address after the other within one
 * time-out, so that a single stale one uses it up, and joins dials to one peer.
 */
export class Dials {
  readonly #parts: DialsParts
  readonly #running = new Map<PeerId, AbortController>()
  readonly #stopping = new AbortController()
  count = 0
  failures = 0

  constructor(parts: DialsParts) {
    this.#parts = parts
    // One for each dial under way, and there are more than the ten that Node takes for a leak.
    setMaxListeners(Infinity, this.#stopping.signal)
  }

  /** The peer came by itself: its dial, if one is under way, has no use any more. */
  giveUp(peer: PeerId): void {
    this.#running.get(peer)?.abort()
  }

  stop(): void {
    this.#stopping.abort()
  }

  /** Calls itself at each of these addresses; whoever else answers there is refused in the handshake. Never rejects. */
  async callSelf(addresses: readonly string[]): Promise<void> {
    const { clock, parts, self } = this.#parts
    await Promise.allSettled(
      addresses.map(async (address) => {
        const attempt = new AbortController()
        setMaxListeners(Infinity, attempt.signal)
        const stop = (): void => attempt.abort()
        this.#stopping.signal.addEventListener('abort', stop, { once: true })
        const cancel = clock.after(callSelfMaxMs, stop)
        try {
          const connection = await parts.transportManager.dial(dialAddress(address, self), { signal: attempt.signal })
          connection.abort(new Error('not wanted'))
        } finally {
          cancel()
          this.#stopping.signal.removeEventListener('abort', stop)
        }
      }),
    )
  }

  /** Never rejects. */
  async run(dial: DialAction): Promise<void> {
    const { clock, keeper, parts, ended } = this.#parts
    const abort = new AbortController()
    const stop = (): void => abort.abort()
    this.#stopping.signal.addEventListener('abort', stop, { once: true })
    if (dial.peer !== undefined) this.#running.set(dial.peer, abort)
    this.count += 1
    let selfAt: string | undefined
    const dialOne = async (address: string, signal: AbortSignal): Promise<Connection> => {
      try {
        return await parts.transportManager.dial(dialAddress(address, dial.peer), { signal })
      } catch (error) {
        if (error instanceof Error && error.message.includes('dial self')) selfAt = address
        throw error
      }
    }
    const spare = (connection: Connection): void => void connection.close().catch(() => {})
    const result = await dialAny(clock, dial.addresses, dialOne, spare, abort.signal)
    this.#stopping.signal.removeEventListener('abort', stop)
    if (dial.peer !== undefined && this.#running.get(dial.peer) === abort) this.#running.delete(dial.peer)
    if (this.#stopping.signal.aborted) return
    const reached = this.#reached(dial, result.reached, selfAt)
    if (reached === undefined) {
      this.failures += 1
      const { failed, error } = result
      this.#parts.log.debug('dialling failed', { peer: dial.peer, addresses: failed, error: String(error) })
    }
    const { failed } = result
    keeper.dialEnded(dial, reached === undefined ? { failed } : { reached, failed }, clock.now())
    ended()
  }

  #reached(
    dial: DialAction,
    reached: { readonly address: string; readonly connection: Connection } | undefined,
    selfAt: string | undefined,
  ): DialOutcome['reached'] {
    const { self, isLinked } = this.#parts
    const peer = reached === undefined ? undefined : ourPeerId(reached.connection.remotePeer)
    if (reached !== undefined && peer !== undefined) return { peer, address: reached.address }
    if (selfAt !== undefined) return { peer: self, address: selfAt }
    return dial.peer !== undefined && isLinked(dial.peer) ? { peer: dial.peer, address: undefined } : undefined
  }
}
