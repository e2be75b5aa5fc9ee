import { createSocket } from 'node:dgram'
import makeMulticast from 'multicast-dns'
import { multicast } from '../protocol/limits.ts'
import type { Clock } from '../runtime/clock.ts'

/** A record as it is sent and read. Of text records only those that were read give bytes, one or several pieces of them. */
export interface DnsRecord {
  readonly name: string
  readonly type: string
  readonly class?: 'IN'
  readonly ttl?: number
  readonly data?: unknown
}

export interface DnsPacket {
  readonly questions?: readonly { readonly name: string }[]
  readonly answers?: readonly DnsRecord[]
  readonly additionals?: readonly DnsRecord[]
}

/** What is used of the `multicast-dns` module. */
export interface MulticastSocket {
  on(event: 'query' | 'response', listener: (packet: DnsPacket) => void): void
  on(event: 'error' | 'warning', listener: (error: Error) => void): void
  query(packet: { readonly questions: readonly { readonly name: string; readonly type: 'PTR' }[] }): void
  respond(answers: readonly DnsRecord[]): void
  destroy(done: () => void): void
}

/** Why a packet is not even read. */
export type PacketRefusal = 'mdns-packet' | 'mdns-rate'

/**
 * A socket for multicast DNS on all interfaces, on which only packets arrive that can be read in bounded time. Anybody on the network can send one, with no
 * key: the module's reader believes a packet of 12 bytes that announces 65,535 records, makes them all, and holds the loop for up to 0.3 s.
 */
export function openMulticast(clock: Clock, refused: (reason: PacketRefusal, host: string) => void): MulticastSocket {
  const socket = createSocket({ type: 'udp4', reuseAddr: true })
  const budget = new PacketBudget(clock)
  const listen = socket.on.bind(socket)
  // The module hangs its reader on the socket it is given.
  Reflect.set(socket, 'on', (event: string, listener: (...said: unknown[]) => void) => {
    if (event !== 'message') return listen(event, listener)
    return listen('message', (bytes, remote) => {
      if (!isBounded(bytes)) refused('mdns-packet', remote.address)
      else if (!budget.take()) refused('mdns-rate', remote.address)
      else listener(bytes, remote)
    })
  })
  return makeMulticast({ socket }) as unknown as MulticastSocket
}

/** Whether a packet is as large as packets are, and announces no more records than it can hold. */
export function isBounded(packet: Uint8Array): boolean {
  if (packet.length < headBytes || packet.length > multicast.packetMaxBytes) return false
  const head = new DataView(packet.buffer, packet.byteOffset, headBytes)
  const records = [4, 6, 8, 10].reduce((sum, at) => sum + head.getUint16(at), 0)
  return records <= multicast.recordsMax && records * recordMinBytes <= packet.length - headBytes
}

/** RFC 1035, section 4.1.1: an ID, flags, and the numbers of records of four kinds. */
const headBytes = 12

/** A question with the shortest name, section 4.1.2. */
const recordMinBytes = 5

/** What is read of a second, whoever sends it. */
class PacketBudget {
  readonly #clock: Clock
  #left: number = multicast.packets.burst
  #atMs: number

  constructor(clock: Clock) {
    this.#clock = clock
    this.#atMs = clock.now()
  }

  take(): boolean {
    const { burst, perSecond } = multicast.packets
    const now = this.#clock.now()
    this.#left = Math.min(burst, this.#left + ((now - this.#atMs) / 1000) * perSecond)
    this.#atMs = now
    if (this.#left < 1) return false
    this.#left -= 1
    return true
  }
}
