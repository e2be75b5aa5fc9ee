import { packFrames } from '../../src/node/frame-packing.ts'
import { transferMessages } from '../../src/node/transfer-assembly.ts'
import { decodeMessage } from '../../src/protocol/decode.ts'
import { announcementBytes } from '../../src/protocol/encode.ts'
import type { HeartbeatMessage } from '../../src/protocol/messages.ts'
import { Replica } from '../../src/replica/replica.ts'
import type { Clock } from '../../src/runtime/clock.ts'
import type { KeyPair, Signatures } from '../../src/runtime/signature.ts'
import type { EntityId } from '../../src/state/entity-id.ts'
import type { Life } from '../../src/state/version.ts'
import { limits, value } from '../replica/setup.ts'
import { standsOf } from './boundless.ts'
import type { Insider } from './insider.ts'

export interface MadeUpOptions {
  readonly insider: Insider
  readonly cluster: string
  readonly clock: Clock
  readonly signatures: Signatures
  readonly life: Life
  /** The number of the first of them, so that two insiders do not make up the same; default 1. */
  readonly first?: number
}

/** A server that nobody has, with a key of its own. Its ID is below those of real ones: it shall be no help to them. Everything that it says is properly signed. */
class MadeUp {
  readonly entity: EntityId
  readonly replica: Replica
  readonly #options: MadeUpOptions
  readonly #keys: KeyPair

  constructor(options: MadeUpOptions, number: number, entries: number) {
    const { cluster, clock, signatures, life } = options
    const [high, low] = [number >> 8, number & 255].map((byte) => byte.toString(16).padStart(2, '0'))
    this.entity = `00:66:00:00:${high}:${low}` as EntityId
    this.#options = options
    this.#keys = signatures.generate()
    this.replica = new Replica({
      self: this.entity,
      cluster,
      clock,
      limits,
      sign: (bytes) => signatures.sign(this.#keys, bytes),
      verify: () => 'good',
      admit: () => undefined,
      onChange: () => {},
    })
    this.replica.begin(life)
    const keys = Array.from({ length: entries }, (_, at): [string, Uint8Array] => [
      `PJSIP/${number}-${at}`,
      value(1, 2),
    ])
    if (entries > 0) this.replica.write('device_state', new Map(keys))
  }

  heartbeat(): HeartbeatMessage {
    const { insider, cluster, signatures, life } = this.#options
    const said = { entity: this.entity, publicKey: this.#keys.publicKey, life, name: `pbx-${this.entity}` }
    const { announcement } = insider.heartbeat({ ...said, stands: standsOf(this.replica, this.entity) })
    const signature = signatures.sign(this.#keys, announcementBytes(cluster, announcement))
    return { kind: 'heartbeat', announcement, signature }
  }
}

/** Servers that an insider makes up, so many entries each; it hands out what they say. */
export class MadeUpServers {
  readonly #options: MadeUpOptions
  readonly #servers = new Map<EntityId, MadeUp>()

  constructor(options: MadeUpOptions) {
    this.#options = options
    options.insider.answer = (frame) => {
      const message = decodeMessage(frame)
      if (!message.ok || message.value.kind !== 'pull') return []
      const transfers = message.value.wants.flatMap(({ document, since }) => [
        ...(this.#servers.get(document.entity)?.replica.transfers(document, since) ?? []),
      ])
      return packFrames(transfers.flatMap((transfer) => [...transferMessages(transfer)]))
    }
  }

  get entities(): EntityId[] {
    return [...this.#servers.keys()]
  }

  add(count: number, entries: number): void {
    for (let index = 0; index < count; index += 1) {
      const server = new MadeUp(this.#options, (this.#options.first ?? 1) + this.#servers.size, entries)
      this.#servers.set(server.entity, server)
    }
  }

  /** One of them says that it lives, to everybody. */
  beatOf(place: number): void {
    const server = [...this.#servers.values()][place]
    if (server !== undefined) this.#options.insider.gossip(server.heartbeat())
  }

  /** All say that they live, to everybody. */
  beat(): void {
    for (const server of this.#servers.values()) this.#options.insider.gossip(server.heartbeat())
  }
}
