import { MemoryHub } from '../network/memory-hub.ts'
import { createMemoryNetwork } from '../network/memory-network.ts'
import { seededRandom } from '../runtime/random.ts'
import { VirtualClock } from '../runtime/virtual-clock.ts'
import { peerIdOf, type PeerId } from '../state/peer-id.ts'
import type { NetworkSetup } from './network-bench.ts'

/**
 * What the network's contract needs to know of the network in memory: a model for the setup of another network.
 *
 * @example
 * ```ts
 * import { memoryNetworkSetup, networkContract } from 'lampfield/testing'
 *
 * for (const { run } of networkContract(memoryNetworkSetup)) await run()
 * ```
 */
export function memoryNetworkSetup(): NetworkSetup {
  const clock = new VirtualClock()
  const hub = new MemoryHub({ clock, random: seededRandom(1) })
  return {
    make: (count, { limits, listen, oneKey = false }) =>
      Array.from({ length: count }, (_, at) =>
        createMemoryNetwork(hub, {
          self: peer(oneKey ? 200 : at + (listen === undefined ? 1 : 100)),
          ...(oneKey ? { host: `twin${at}` } : {}),
          discovery: false,
          limits,
          ...(listen === undefined ? {} : { host: peer(1), port: Number(listen.split('/').at(-1)) }),
        }),
      ),
    async until(condition) {
      for (let turn = 0; turn < 3000; turn += 1) {
        if (condition()) return
        await clock.advanceAsync(10)
      }
      throw new Error('it did not happen within 30 s')
    },
    settle: () => clock.advanceAsync(2000),
  }
}

const peer = (number: number): PeerId => peerIdOf(new Uint8Array(32).fill(number))
