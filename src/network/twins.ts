import { noise, type NoiseComponents, type NoiseExtensions } from '@chainsafe/libp2p-noise'
import type {
  Connection,
  ConnectionEncrypter,
  ConnectionGater,
  MultiaddrConnection,
  SecuredConnection,
} from '@libp2p/interface'
import type { Clock } from '../runtime/clock.ts'
import type { Random } from '../runtime/random.ts'
import type { PeerId } from '../state/peer-id.ts'
import { leanNoise } from './lean-noise.ts'
import { addressText, ourPeerId, pingOver } from './libp2p-node.ts'
import type { Links } from './links.ts'
import { SelfSearch } from './self-search.ts'

type Secure = ConnectionEncrypter<NoiseExtensions>['secureInbound']

interface TwinsParts {
  readonly self: PeerId
  readonly clock: Clock
  readonly random: Random
  readonly links: Links
  /** Dials the own key at each of these addresses. Never rejects. */
  readonly callSelf: (addresses: readonly string[]) => Promise<void>
  /** Two processes run with the key of this peer, which may be the own one. `address`: where the second one was met. */
  readonly met: (peer: PeerId, address: string) => void
}

/**
 * What another process of the peer is given to answer in. Counted in steps, so that a stall of this process, during which the answer lies
 * unread in the socket, costs one step and not all.
 */
const answerSteps = 4
const answerStepMs = 250

const markBytes = 16

/** Processes without a mark are one: another program, or an older version of this one. */
const unmarked = ''

/**
 * Tells two processes with one key apart: a machine that was copied with its data directory, and the original.
 *
 * Each process draws a mark and shows it inside the encrypted handshake, so whoever shows another one has the key and runs now. Of two
 * such processes the first keeps its connections here, and the second is turned away for as long as the first one answers: gossipsub keeps
 * one stream a peer, and the two would push each other out without end. A peer that was started again has another mark, too;
 * its old process does not answer, and makes room.
 */
export class Twins {
  readonly search: SelfSearch
  readonly #parts: TwinsParts
  readonly #own: string
  /** By the connection's timeline, the one object that its raw and its finished form share. */
  readonly #marks = new WeakMap<object, string>()
  readonly #judging = new Set<PeerId>()
  /** Where the own key was met during the last call to it. */
  readonly #metAt = new Set<string>()

  constructor(parts: TwinsParts) {
    this.#parts = parts
    this.#own = Array.from({ length: 4 }, () => parts.random.uint32().toString(16).padStart(8, '0')).join('')
    this.search = new SelfSearch({
      clock: parts.clock,
      look: (addresses, done) => void this.#callSelf(addresses, done),
    })
  }

  /** Noise, showing the own mark and noting the other's. */
  encrypter(): (components: NoiseComponents) => ConnectionEncrypter<NoiseExtensions> {
    // The one extension of its handshake that takes any bytes; it is meant for a transport that is not used here.
    const make = leanNoise(noise({ extensions: { webtransportCerthashes: [Buffer.from(this.#own, 'hex')] } }))
    return (components) => {
      const encrypter = make(components)
      const secureInbound: Secure = encrypter.secureInbound.bind(encrypter)
      const secureOutbound: Secure = encrypter.secureOutbound.bind(encrypter)
      encrypter.secureInbound = async (connection, options) =>
        this.#note(connection, await secureInbound(connection, options))
      encrypter.secureOutbound = async (connection, options) =>
        this.#note(connection, await secureOutbound(connection, options))
      return encrypter
    }
  }

  /** Asked by libp2p after the handshake of each connection, before anybody else learns of it. */
  gater(): ConnectionGater {
    const deny: ConnectionGater['denyInboundEncryptedConnection'] = async (remotePeer, connection) => {
      const peer = ourPeerId(remotePeer)
      return peer !== undefined && this.#isTurnedAway(peer, connection)
    }
    return { denyInboundEncryptedConnection: deny, denyOutboundEncryptedConnection: deny }
  }

  /** Whether a connection that is now open has one of another process beside it: both came up at the same moment. */
  isSecond(peer: PeerId, connection: Connection): boolean {
    return this.#othersOf(peer, connection).length > 0
  }

  #note<Secured extends SecuredConnection<unknown, NoiseExtensions>>(connection: object, secured: Secured): Secured {
    const timeline: unknown = Reflect.get(connection, 'timeline')
    const shown = secured.remoteExtensions?.webtransportCerthashes[0]
    if (typeof timeline === 'object' && timeline !== null && shown?.length === markBytes) {
      this.#marks.set(timeline, Buffer.from(shown).toString('hex'))
    }
    return secured
  }

  async #callSelf(addresses: readonly string[], done: (met: readonly string[]) => void): Promise<void> {
    this.#metAt.clear()
    await this.#parts.callSelf(addresses)
    done(addresses.filter((address) => this.#metAt.has(address)))
  }

  async #isTurnedAway(peer: PeerId, connection: MultiaddrConnection): Promise<boolean> {
    const { self, met } = this.#parts
    const mark = this.#marks.get(connection.timeline) ?? unmarked
    const address = addressText(connection.remoteAddr)
    if (peer === self) {
      // Who shows the own mark is this process, met by way of one of its own addresses. libp2p turns both away itself.
      if (mark === this.#own || mark === unmarked) return false
      this.#metAt.add(address)
      met(self, address)
      return false
    }
    const others = this.#othersOf(peer, connection)
    if (others.length === 0) return false
    if (this.#judging.has(peer)) return true
    this.#judging.add(peer)
    try {
      if (await this.#doesAnyAnswer(others)) {
        // Both lived at one time only if the second one called after the first was here: else that was the last word of a process that was
        // just started again. Whoever still runs calls again.
        if (others.some(({ timeline }) => (timeline.upgraded ?? Infinity) <= connection.timeline.open))
          met(peer, address)
        return true
      }
      for (const other of others) other.abort(new Error('its process does not answer, and another one has come'))
      return false
    } finally {
      this.#judging.delete(peer)
    }
  }

  #othersOf(peer: PeerId, connection: { readonly timeline: object }): Connection[] {
    const mark = this.#marks.get(connection.timeline) ?? unmarked
    const open = this.#parts.links.connections(peer).filter(({ status }) => status === 'open')
    return open.filter(({ timeline }) => (this.#marks.get(timeline) ?? unmarked) !== mark)
  }

  #doesAnyAnswer(connections: readonly Connection[]): Promise<boolean> {
    const { clock } = this.#parts
    return new Promise((resolve) => {
      let steps = 0
      let broken = 0
      const step = (): void => {
        steps += 1
        if (steps > answerSteps) resolve(false)
        else clock.after(answerStepMs, step)
      }
      step()
      for (const connection of connections) {
        pingOver(connection).then(
          () => resolve(true),
          () => {
            broken += 1
            if (broken === connections.length) resolve(false)
          },
        )
      }
    })
  }
}
