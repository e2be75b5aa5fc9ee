import { Failure } from '../runtime/failure.ts'
import { parseEntityId, type EntityId } from '../state/entity-id.ts'
import { peerIdOf, publicKeyOf, type PeerId } from '../state/peer-id.ts'
import type { Members } from './members.ts'
import type { Memory } from './memory.ts'
import type { TrustView } from './views.ts'

export interface TrustParts {
  readonly entity: EntityId
  readonly members: Members
  readonly memory: Memory
}

/** Whose word is taken for which entity: bound at first sight, and changed by nobody but a person on this server. */
export class Trust {
  readonly #parts: TrustParts

  constructor(parts: TrustParts) {
    this.#parts = parts
  }

  /** All bindings by entity ID; the own entity is not among them. */
  list(): TrustView[] {
    const { members } = this.#parts
    const views = [...members.bindings()].map(({ entity, publicKey, name, standing }) => {
      return { entity, name, peer: peerIdOf(publicKey), standing, claimedBy: members.claimantOf(entity) }
    })
    return views.sort((a, b) => (a.entity < b.entity ? -1 : 1))
  }

  /**
   * Lets go of an entity: its key, its lives and its entries. Whoever speaks for it next is bound. Resolves when that is on disk, with
   * false where nothing was known of it.
   *
   * @throws Failure `not-kept` where it is done, and only the disk has not taken it yet
   */
  async forget(text: string): Promise<boolean> {
    const { members, memory } = this.#parts
    const known = members.letGo(this.#otherEntity(text))
    await memory.written()
    return known
  }

  /**
   * Binds an entity to a peer, in place of whatever it is bound to. Resolves when that is on disk.
   *
   * @throws Failure `not-kept` where it is done, and only the disk has not taken it yet
   */
  async pin(text: string, peer: string): Promise<void> {
    const { members, memory } = this.#parts
    const publicKey = publicKeyOf(peer)
    if (publicKey === undefined) {
      throw new Failure('invalid-argument', `"${peer.slice(0, 60)}" is no peer ID: one as 12D3KooW… is wanted`)
    }
    members.pin(this.#otherEntity(text), new Uint8Array(publicKey))
    await memory.written()
  }

  #otherEntity(text: string): EntityId {
    const entity = parseEntityId(text)
    if (!entity.ok) throw new Failure('invalid-argument', entity.reason)
    if (entity.value !== this.#parts.entity) return entity.value
    throw new Failure('invalid-argument', `${entity.value} is this node's own entity: its key is in the data directory`)
  }
}

/** The peers of an allow-list. Throws `invalid-argument` naming what is no peer ID. */
export function readAllowList(peers: readonly string[]): ReadonlySet<PeerId> {
  return new Set(
    peers.map((text) => {
      const publicKey = publicKeyOf(text)
      if (publicKey !== undefined) return peerIdOf(publicKey)
      throw new Failure('invalid-argument', `allowedPeers has "${text.slice(0, 60)}": a peer ID as 12D3KooW… is wanted`)
    }),
  )
}
