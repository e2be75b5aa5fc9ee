import type { ConnectionGater, MultiaddrConnection, PeerId as Libp2pPeerId } from '@libp2p/interface'
import { publicKeyOf, peerIdOf, type PeerId } from '../state/peer-id.ts'

/**
 * libp2p asks here before it goes on with a connection. It is also the only place where libp2p says which side a connection was opened
 * from before that is encrypted.
 */
export class Gate implements ConnectionGater {
  readonly #admits: (peer: PeerId) => boolean
  readonly #next: ConnectionGater
  /** By the connection's timeline, the one object that all its forms share. */
  readonly #inbound = new WeakSet()

  /** `next` is asked whether to deny whom `admits` lets in. */
  constructor(admits: (peer: PeerId) => boolean, next: ConnectionGater) {
    this.#admits = admits
    this.#next = next
  }

  isInbound({ timeline }: Pick<MultiaddrConnection, 'timeline'>): boolean {
    return this.#inbound.has(timeline)
  }

  denyInboundConnection = ({ timeline }: MultiaddrConnection): boolean => {
    this.#inbound.add(timeline)
    return false
  }

  denyInboundEncryptedConnection = async (peer: Libp2pPeerId, connection: MultiaddrConnection): Promise<boolean> =>
    this.#isStranger(peer) || ((await this.#next.denyInboundEncryptedConnection?.(peer, connection)) ?? false)

  denyOutboundEncryptedConnection = async (peer: Libp2pPeerId, connection: MultiaddrConnection): Promise<boolean> =>
    this.#isStranger(peer) || ((await this.#next.denyOutboundEncryptedConnection?.(peer, connection)) ?? false)

  #isStranger(peer: Libp2pPeerId): boolean {
    const publicKey = publicKeyOf(peer.toString())
    return publicKey === undefined || !this.#admits(peerIdOf(publicKey))
  }
}
