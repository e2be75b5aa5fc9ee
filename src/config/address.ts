import { isIP } from 'node:net'
import { parsed, unparsed, type Parsed } from '../state/parsed.ts'
import { publicKeyOf } from '../state/peer-id.ts'
import { clip } from './clip.ts'

/** What an address names; the port may be 0. */
export interface Place {
  readonly host: string
  readonly port: number
  readonly multiaddress: string
}

/** Where HTTP is served: an address of this machine. */
export interface HttpAddress {
  readonly host: string
  readonly port: number
}

/** Longer text is no address: a DNS name has at most 253 characters. */
const addressLengthMax = 400

/** The multiaddress to listen on: from `0.0.0.0:4001`, `[::]:4001`, or itself. */
export function readListenAddress(text: string): Parsed<string> {
  const right = 'such as 0.0.0.0:4001, [::]:4001 or /ip4/0.0.0.0/tcp/4001 is wanted; port 0 takes any free port'
  const where = readPlace(text)
  if (where === undefined) return unparsed(`"${clip(text)}" is no address to listen on: ${right}`)
  if (where.host === 'localhost') return parsed(`/ip4/127.0.0.1/tcp/${where.port}`)
  if (isIP(where.host) === 0) return unparsed(`"${clip(where.host)}" is no IP address to listen on: ${right}`)
  return parsed(where.multiaddress)
}

/** The multiaddress of a peer: from `pbx2.example.com:4001`, `10.0.0.7:4001`, `[fd00::7]:4001`, or itself, with or without `/p2p/…`. */
export function readPeerAddress(text: string): Parsed<string> {
  const right = 'such as 10.0.0.7:4001, pbx2.example.com:4001 or /ip4/10.0.0.7/tcp/4001 is wanted'
  const slash = text.lastIndexOf('/p2p/')
  const peer = slash < 0 ? undefined : text.slice(slash + '/p2p/'.length)
  const where = readPlace(slash < 0 ? text : text.slice(0, slash))
  if (where === undefined) return unparsed(`"${clip(text)}" is no address of a peer: ${right}`)
  if (where.port === 0) return unparsed(`"${clip(text)}" has no port to connect to: ${right}`)
  if (/^(0\.0\.0\.0|[0:]+)$/.test(where.host)) {
    return unparsed(`"${clip(text)}" means every address of a machine: the peer's own one is wanted`)
  }
  if (peer === undefined) return parsed(where.multiaddress)
  if (publicKeyOf(peer) === undefined) return unparsed(`"${clip(peer)}" is no peer ID: it begins with 12D3KooW`)
  return parsed(`${where.multiaddress}/p2p/${peer}`)
}

/** Where to serve HTTP: from `127.0.0.1:8088`, `localhost:8088`, `[::1]:8088` or a bare port. */
export function readHttpAddress(text: string): Parsed<HttpAddress> {
  const where = readPlace(/^\d+$/.test(text) ? `127.0.0.1:${text}` : text)
  if (where === undefined || where.port === 0) {
    return unparsed(`"${clip(text)}" is no address for HTTP: such as 127.0.0.1:8088 is wanted`)
  }
  const { host, port } = where
  if (host !== 'localhost' && isIP(host) === 0) {
    return unparsed(`"${clip(host)}" is no IP address to serve HTTP on: such as 127.0.0.1:${port} is wanted`)
  }
  return parsed({ host, port })
}

/** Whether only this machine can reach an address for HTTP. */
export const isLoopbackAddress = ({ host }: HttpAddress): boolean => /^(localhost|127(\.\d{1,3}){3}|::1)$/.test(host)

/** An address as it is written; undefined where it is none. */
export function readPlace(text: string): Place | undefined {
  if (text.length > addressLengthMax) return undefined
  const match =
    /^\/(?<kind>ip4|ip6|dns|dns4|dns6)\/(?<host>[^/]+)\/tcp\/(?<port>\d{1,5})$/.exec(text) ??
    /^(?:\[(?<six>[^\]]+)\]|(?<host>[^:[\]/]+)):(?<port>\d{1,5})$/.exec(text)
  const { kind, six, host = six ?? '', port = '' } = match?.groups ?? {}
  if (match === null || Number(port) > 65_535 || host.includes('%')) return undefined
  const version = isIP(host)
  const form = kind ?? (six === undefined ? (version === 4 ? 'ip4' : 'dns4') : 'ip6')
  const fits = form.startsWith('dns') ? isName(host) : form === `ip${version}`
  return fits ? { host, port: Number(port), multiaddress: `/${form}/${host}/tcp/${Number(port)}` } : undefined
}

/** A DNS name. One that ends in a number would be a mistyped IPv4 address (RFC 1123, section 2.1). */
function isName(host: string): boolean {
  if (host.length > 253 || /(^|\.)\d+\.?$/.test(host)) return false
  return host.split('.').every((label) => /^(?!-)[a-z0-9_-]{1,63}(?<!-)$/i.test(label))
}
