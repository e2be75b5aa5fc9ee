import { Failure } from '../runtime/failure.ts'
import { peerIdOf, publicKeyOf, type PeerId } from '../state/peer-id.ts'

/**
 * Addresses as text, in libp2p's multiaddress form and without the peer ID: `/ip4/10.0.0.7/tcp/4001`. Only what the
 * keeper must tell apart is read here, so that it stays pure and cheap; libp2p checks the rest when it dials.
 */

/** Longer text is no address: an IPv6 one with a scope and a peer ID needs 130 characters, a DNS name at most 253. */
const addressLengthMax = 300

const dialable = /^\/(ip4|ip6|dns4|dns6|dns)\/([^/]+)\/tcp\/(\d{1,5})$/

/** The host part of an address, or undefined where the text is not an address that can be dialled. */
export function hostOf(address: string): string | undefined {
  if (address.length > addressLengthMax) return undefined
  const match = dialable.exec(address)
  if (match === null) return undefined
  const [, kind, host, port] = match
  if (host === undefined || Number(port) < 1 || Number(port) > 65_535) return undefined
  if (kind === 'ip4' && !isIp4(host)) return undefined
  if (kind === 'ip6' && !host.includes(':')) return undefined
  return isUnspecified(host) ? undefined : host.toLowerCase()
}

const isIp4 = (host: string): boolean =>
  /^\d{1,3}(\.\d{1,3}){3}$/.test(host) && host.split('.').every((part) => Number(part) < 256)

const isUnspecified = (host: string): boolean => host === '0.0.0.0' || /^[0:]+$/.test(host)

/** True for a host that means "this machine" to whoever uses it. */
export function isLoopbackHost(host: string): boolean {
  return host.startsWith('127.') || host === '::1' || host === 'localhost'
}

/** Divides `/ip4/…/tcp/…/p2p/12D3…` into its address and peer ID. */
export function splitPeerId(text: string): { readonly address: string; readonly peer: string | undefined } {
  const match = /^(.*)\/p2p\/([^/]+)$/.exec(text)
  return match === null ? { address: text, peer: undefined } : { address: match[1] ?? '', peer: match[2] }
}

/** A peer named by its address; its peer ID is learnt when it answers, unless it was given. */
export interface StaticPeer {
  readonly address: string
  readonly peer: PeerId | undefined
}

/**
 * Reads what a user gives with `--peer`: a multiaddress, with or without `/p2p/…`, or `host:port`, `[ip6]:port`.
 *
 * @throws Failure `invalid-argument`, saying what would be right.
 */
export function parseStaticPeer(text: string): StaticPeer {
  const wrong = (why: string): Failure =>
    new Failure('invalid-argument', `${text}: ${why}. Write a peer as host:port or as /ip4/10.0.0.7/tcp/4001.`)
  if (!text.startsWith('/')) {
    const match = /^(?:\[([0-9a-fA-F:.]+)\]|([^:[\]/\s]+)):(\d+)$/.exec(text)
    if (match === null) throw wrong('this is no address with a port')
    const [, ip6, name = '', port] = match
    const kind = ip6 === undefined ? (isIp4(name) ? 'ip4' : 'dns4') : 'ip6'
    const address = `/${kind}/${ip6 ?? name}/tcp/${port}`
    if (hostOf(address) === undefined) throw wrong('this address cannot be dialled')
    return { address, peer: undefined }
  }
  const { address, peer } = splitPeerId(text)
  if (hostOf(address) === undefined) throw wrong('this address cannot be dialled')
  if (peer === undefined) return { address, peer }
  const publicKey = publicKeyOf(peer)
  if (publicKey === undefined) throw wrong('what follows /p2p/ is no Ed25519 peer ID')
  return { address, peer: peerIdOf(publicKey) }
}
