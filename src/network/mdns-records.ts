import './node20.ts'
import { mdns } from '@libp2p/mdns'
import { limits } from '../protocol/limits.ts'
import type { PeerId } from '../state/peer-id.ts'
import { hostOf, isLoopbackHost } from './address.ts'
import { addressText, ourPeerId, type Libp2pParts } from './libp2p-node.ts'
import type { DnsPacket, DnsRecord } from './multicast-socket.ts'

/** In seconds, as libp2p's module says. */
const recordTtl = 120

/** A text record carries no more (RFC 6763, section 6.1). */
const recordMaxBytes = 255

/** Where a peer says that it can be reached. */
export type Found = (peer: PeerId, addresses: readonly string[]) => void

/**
 * Reads answers as libp2p's module does, and with it: what it is handed comes from a socket of ours, for it opens its own where nothing
 * can be bounded. So it is never started, and asks and answers nothing. Anybody on the network can send an answer.
 *
 * @returns what takes a packet; `found` is called within, unless the packet names nobody of our kind, or begins with `ownName`.
 */
export function answerReader(
  serviceTag: string,
  ownName: string,
  parts: Pick<Libp2pParts, 'addressManager' | 'logger'>,
  found: Found,
): (packet: DnsPacket) => void {
  // Its own type names libp2p's whole address manager; it only ever asks for the addresses.
  const components = parts as unknown as Parameters<ReturnType<typeof mdns>>[0]
  const module = mdns({ serviceTag, peerName: ownName, broadcast: false })(components)
  module.addEventListener('peer', ({ detail: { id, multiaddrs } }) => {
    const peer = ourPeerId(id)
    if (peer !== undefined) found(peer, multiaddrs.slice(0, limits.addressesMax).map(addressText))
  })
  const reader = module as unknown as { _onMdnsResponse(packet: DnsPacket): void }
  return (packet) => reader._onMdnsResponse(packet)
}

/** What a node says of itself to everybody on the network, in the module's form: where it can be reached, and by whom. */
export function answersOf(name: string, serviceTag: string, parts: Pick<Libp2pParts, 'addressManager'>): DnsRecord[] {
  const record = (type: 'PTR' | 'TXT', owner: string, data: string): DnsRecord => ({
    name: owner,
    type,
    class: 'IN',
    ttl: recordTtl,
    data,
  })
  const label = `${name}.${serviceTag}`
  const addresses = parts.addressManager.getAddresses()
  const outer = addresses.filter((address) => !isLoopbackHost(hostOf(addressText(address)) ?? ''))
  // Loopback means something else to whoever hears it; it is named only where there is nothing else.
  const named = (outer.length > 0 ? outer : addresses).map((address) => `dnsaddr=${address.toString()}`)
  const fitting = named.filter((data) => data.length <= recordMaxBytes)
  return [record('PTR', serviceTag, label), ...fitting.map((data) => record('TXT', label, data))]
}
