/**
 * One libp2p network as a process of its own: options as JSON in the first argument, commands as JSON lines on standard input, what it is told
 * as JSON lines on standard output.
 */
import { createInterface } from 'node:readline'
import { systemClock } from '../../src/runtime/clock.ts'
import { systemRandom } from '../../src/runtime/random.ts'
import { createLibp2pNetwork } from '../../src/network/libp2p-network.ts'
import type { PeerId } from '../../src/state/peer-id.ts'

interface WorkerOptions {
  readonly publicKey: string
  readonly privateKey: string
  readonly [option: string]: unknown
}

const options = JSON.parse(process.argv[2] ?? '') as WorkerOptions
const told = (event: string, fields: object = {}): void => {
  process.stdout.write(`${JSON.stringify({ event, ...fields })}\n`)
}
const log = (level: string) => (message: string) => {
  told('log', { level, message })
}
const fromHex = (hex: string): Uint8Array => new Uint8Array(Buffer.from(hex, 'hex'))

const network = createLibp2pNetwork({
  topics: ['a'],
  protocolPrefix: '/lampfield/netns',
  serviceTags: ['lf-netns._tcp.local'],
  clock: systemClock,
  random: systemRandom,
  log: { error: log('error'), warn: log('warn'), info: log('info'), debug: log('debug') },
  ...options,
  keys: { publicKey: fromHex(options.publicKey), privateKey: fromHex(options.privateKey) },
})
network.subscribe('a')
await network.start({
  admits: () => true,
  peerConnected: (peer) => told('connected', { peer }),
  peerDisconnected: (peer) => told('disconnected', { peer }),
  gossip: (_topic, data, from) => {
    told('gossip', { text: Buffer.from(data).toString(), from })
    return 'accept'
  },
  request: (_peer, frame) => [frame],
  offends: (peer, offence) => told('offends', { peer, offence }),
  twin: (peer) => told('twin', { peer }),
  addressesChanged: (addresses) => told('addresses', { addresses }),
})
told('started', { addresses: network.addresses() })

const lines = createInterface({ input: process.stdin })
lines.on('line', (line) => {
  const { command, text, peer, addresses } = JSON.parse(line) as Record<string, unknown>
  if (command === 'publish') void network.publish('a', Buffer.from(String(text)))
  if (command === 'remember') network.remember(peer as PeerId, addresses as string[])
  if (command === 'counters') told('counters', { counters: network.counters() })
  if (command === 'stop') {
    lines.close()
    process.stdin.destroy()
    void network.stop().then(() => told('stopped'))
  }
})
