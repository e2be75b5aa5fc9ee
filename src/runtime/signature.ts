import { createPrivateKey, createPublicKey, generateKeyPairSync, sign, verify, type KeyObject } from 'node:crypto'

/** A key pair as raw bytes: the Ed25519 public key and the private seed, 32 bytes each. */
export interface KeyPair {
  readonly publicKey: Uint8Array
  readonly privateKey: Uint8Array
}

/** Signatures as an argument: Ed25519 on real nodes, a cheap stand-in where the simulator runs thousands. */
export interface Signatures {
  /** A new key pair, from chance. */
  generate(): KeyPair
  /** 64 bytes over `data`. */
  sign(key: KeyPair, data: Uint8Array): Uint8Array
  /** False for a wrong signature and for bytes that are no key or no signature at all; never throws. */
  verify(publicKey: Uint8Array, data: Uint8Array, signature: Uint8Array): boolean
}

/** DER wrapping of a raw Ed25519 key (RFC 8410, section 4 and 7): fixed bytes in front of the 32. */
const publicPrefix = Buffer.from('302a300506032b6570032100', 'hex')
const privatePrefix = Buffer.from('302e020100300506032b657004220420', 'hex')

/** Key objects kept for reuse: importing a key again for each message costs a third of a verification. */
const keyObjectsMax = 4096

/** Ed25519 (RFC 8032) by `node:crypto`. */
export function ed25519(): Signatures {
  const publicObjects = new Map<string, KeyObject>()
  /** Public keys come in many messages, a private one is one object. */
  const privateObjects = new WeakMap<Uint8Array, KeyObject>()
  const publicObject = (raw: Uint8Array): KeyObject => {
    const name = Buffer.from(raw).toString('latin1')
    const known = publicObjects.get(name)
    if (known !== undefined) return known
    const made = createPublicKey({ key: Buffer.concat([publicPrefix, raw]), format: 'der', type: 'spki' })
    if (publicObjects.size >= keyObjectsMax) publicObjects.clear()
    publicObjects.set(name, made)
    return made
  }
  const privateObject = (raw: Uint8Array): KeyObject => {
    const known = privateObjects.get(raw)
    if (known !== undefined) return known
    const made = createPrivateKey({ key: Buffer.concat([privatePrefix, raw]), format: 'der', type: 'pkcs8' })
    privateObjects.set(raw, made)
    return made
  }
  return {
    generate() {
      const pair = generateKeyPairSync('ed25519')
      const publicKey = pair.publicKey.export({ format: 'der', type: 'spki' }).subarray(publicPrefix.length)
      const privateKey = pair.privateKey.export({ format: 'der', type: 'pkcs8' }).subarray(privatePrefix.length)
      return { publicKey: new Uint8Array(publicKey), privateKey: new Uint8Array(privateKey) }
    },
    sign: (key, data) => new Uint8Array(sign(null, data, privateObject(key.privateKey))),
    verify(publicKey, data, signature) {
      if (publicKey.length !== 32 || signature.length !== 64) return false
      try {
        return verify(null, data, publicObject(publicKey), signature)
      } catch {
        return false
      }
    },
  }
}
