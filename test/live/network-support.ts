import { ed25519 } from '../../src/runtime/signature.ts'
import { systemClock } from '../../src/runtime/clock.ts'
import { systemRandom } from '../../src/runtime/random.ts'
import { createLibp2pNetwork } from '../../src/network/libp2p-network.ts'
import type { Libp2pNetworkOptions } from '../../src/network/libp2p-network-options.ts'
import type { Network } from '../../src/network/network.ts'

/** A libp2p network on the loopback interface that finds nobody by itself. */
export function liveNetwork(options: Partial<Libp2pNetworkOptions> = {}): Network {
  return createLibp2pNetwork({
    keys: ed25519().generate(),
    topics: ['a', 'b'],
    protocolPrefix: '/lampfield/test',
    serviceTags: ['lf-test._tcp.local'],
    listen: ['/ip4/127.0.0.1/tcp/0'],
    mdns: false,
    clock: systemClock,
    random: systemRandom,
    ...options,
  })
}

/** Looks every 5 ms until the condition holds; fails after `limitMs`. */
export async function until(condition: () => boolean, limitMs = 15_000): Promise<void> {
  const endMs = performance.now() + limitMs
  while (!condition()) {
    if (performance.now() > endMs) throw new Error(`it did not happen within ${limitMs} ms`)
    await pause(5)
  }
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms)
  })
}
