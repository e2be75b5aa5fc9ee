import { base58btc } from 'multiformats/bases/base58'

/** A libp2p peer ID of an Ed25519 key, in its usual text form (`12D3KooW…`). */
export type PeerId = string & { readonly brand: 'PeerId' }

/**
 * In front of the 32 key bytes: identity multihash of 36 bytes, holding the protobuf of an Ed25519 public key
 * (libp2p specification, "Peer Ids and Keys").
 */
const prefix = Uint8Array.of(0x00, 0x24, 0x08, 0x01, 0x12, 0x20)

/**
 * The peer ID of a raw Ed25519 public key (32 bytes).
 *
 * @example
 * ```ts
 * import { peerIdOf } from 'lampfield/testing'
 *
 * console.log(peerIdOf(new Uint8Array(32).fill(1)))
 * ```
 */
export function peerIdOf(publicKey: Uint8Array): PeerId {
  const bytes = new Uint8Array(prefix.length + publicKey.length)
  bytes.set(prefix)
  bytes.set(publicKey, prefix.length)
  const text = base58btc.baseEncode(bytes)
  if (publicKey.length === 32 && isEd25519(text)) return text
  throw new RangeError(`an Ed25519 public key has 32 bytes, not ${publicKey.length}`)
}

/** The raw public key (32 bytes) inside a peer ID, or undefined where the text is no Ed25519 peer ID. */
export function publicKeyOf(peer: string): Uint8Array | undefined {
  if (peer.length < 50 || peer.length > 54) return undefined
  try {
    const bytes = base58btc.baseDecode(peer)
    if (bytes.length !== 38 || prefix.some((byte, at) => bytes[at] !== byte)) return undefined
    return bytes.subarray(prefix.length)
  } catch {
    return undefined
  }
}

/** The prefix makes the peer IDs of all Ed25519 keys begin alike. */
const isEd25519 = (text: string): text is PeerId => text.startsWith('12D3KooW')
