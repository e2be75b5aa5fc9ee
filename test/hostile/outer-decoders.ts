import { createRequire } from 'node:module'
import { RPC } from '@chainsafe/libp2p-gossipsub/message'
import type { ComponentLogger } from '@libp2p/interface'
import { multiaddr } from '@multiformats/multiaddr'
import { StreamReader } from '../../src/asterisk/sip/stream-reader.ts'
import { parseMessage } from '../../src/asterisk/sip/parse.ts'
import { keysOf } from '../../src/cli/key-file.ts'
import { BlockScan } from '../../src/network/block-scan.ts'
import { answerReader, answersOf } from '../../src/network/mdns-records.ts'
import { isBounded, type DnsPacket } from '../../src/network/multicast-socket.ts'
import { gossipsubSettings } from '../../src/network/gossip-settings.ts'
import { limits } from '../../src/protocol/limits.ts'
import { Failure } from '../../src/runtime/failure.ts'
import { publishText } from '../asterisk/sip/messages.ts'
import type { Decoder } from './decoders.ts'
import { silentLogger } from '../support/silent-logger.ts'

interface DnsPackets {
  encode(packet: object): Uint8Array
  decode(bytes: Uint8Array): DnsPacket
}

/** What the module reads its packets with: no dependency of our own. */
const dnsPackets = (): DnsPackets => createRequire(import.meta.resolve('multicast-dns'))('dns-packet') as DnsPackets

const serviceTag = 'lf-0123456789abcdef._tcp.local'
const peer = '12D3KooWEyoppNCUx8Yx66oV9fJnriXwCcXwDDUA2kj6vnc6iDEp'
const addressesOf = (...texts: string[]) => ({
  addressManager: { getAddresses: () => texts.map((text) => multiaddr(`${text}/p2p/${peer}`)) },
})
const logger: ComponentLogger = { forComponent: () => silentLogger }

/** Packets of multicast DNS, from the socket to what the keeper is told. */
function discoveryDecoder(): Decoder {
  const packets = dnsPackets()
  let heard: number | undefined
  const read = answerReader(serviceTag, 'own', { ...addressesOf(), logger }, (_peer, addresses) => {
    heard = addresses.length
  })
  const answers = (...addresses: string[]): object => ({
    type: 'response',
    answers: answersOf('other', serviceTag, addressesOf(...addresses)),
  })
  return {
    name: 'mdns',
    samples: [
      answers('/ip4/192.0.2.7/tcp/4001'),
      answers('/ip4/192.0.2.7/tcp/4001', '/ip6/2001:db8::1/tcp/4001', '/dns4/pbx.example/tcp/1'),
    ].map((packet) => new Uint8Array(packets.encode(packet))),
    take(bytes) {
      if (!isBounded(bytes)) return false
      let packet: DnsPacket
      try {
        packet = packets.decode(Buffer.from(bytes))
      } catch {
        // The socket takes what cannot be read for a warning.
        return false
      }
      heard = undefined
      read(packet)
      if ((heard ?? 0) > limits.addressesMax) throw new Error('too many addresses')
      return heard !== undefined
    },
  }
}

/** Gossipsub's envelopes, as bounded as they are read from a neighbour's stream. It passes over what its reader throws at. */
function envelopeDecoder(): Decoder {
  const settings = gossipsubSettings(['topic'], limits.messageMaxBytes).decodeRpcLimits
  if (settings === undefined) throw new Error('envelopes have bounds')
  const most = { subscriptions: settings.maxSubscriptions, messages: settings.maxMessages }
  const whole = (rpc: RPC): Uint8Array => {
    const bytes = RPC.encode(rpc)
    return Uint8Array.from([(bytes.length & 127) | 128, bytes.length >> 7, ...bytes])
  }
  return {
    name: 'envelope',
    samples: [
      whole({ subscriptions: [{ subscribe: true, topic: 'topic' }], messages: [] }),
      whole({ subscriptions: [], messages: [{ topic: 'topic', data: new Uint8Array(60) }] }),
      whole({
        subscriptions: [],
        messages: [],
        control: { ihave: [], iwant: [], idontwant: [], graft: [{ topicID: 'topic' }], prune: [] },
      }),
    ],
    take(bytes) {
      const scan = new BlockScan(limits.messageMaxBytes, 1)
      try {
        for (const { from, to } of scan.pieces(bytes)) {
          const length = bytes[from]! & 127
          RPC.decode(bytes.subarray(from + (length < bytes[from]! ? 2 : 1), to), { limits: most })
        }
        return bytes.length > 0
      } catch {
        return false
      }
    },
  }
}

const sipDecoder: Decoder = {
  name: 'sip',
  samples: [publishText({}), publishText({ tag: 'abc', method: 'NOTIFY' }), publishText({ transport: 'TCP' })].map(
    (text) => Buffer.from(text),
  ),
  take(bytes) {
    const reader = new StreamReader()
    const half = bytes.length >> 1
    const parts = [reader.take(bytes.subarray(0, half)), reader.take(bytes.subarray(half))]
    for (const message of parts.flatMap(({ messages }) => messages)) parseMessage(message, 'tcp')
    return parseMessage(bytes, 'udp').ok
  },
}

const keyText = `/key/swarm/psk/1.0.0/\n/base16/\n${'0123456789abcdef'.repeat(4)}\n`

const keyFileDecoder: Decoder = {
  name: 'key-file',
  samples: [keyText, keyText + keyText].map((text) => Buffer.from(text)),
  take(bytes) {
    try {
      return keysOf(Buffer.from(bytes).toString(), 'cluster.key').every((key) => key.length === 32)
    } catch (error) {
      if (Failure.is(error)) return false
      throw error
    }
  },
}

/** What is read before it comes to a message or a request: from the network, from a PBX, from a disk. */
export function outerDecoders(): Decoder[] {
  return [discoveryDecoder(), envelopeDecoder(), sipDecoder, keyFileDecoder]
}
