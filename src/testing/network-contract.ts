import type { ContractCase } from './contract-case.ts'
import { NetworkBench, type NetworkSetup } from './network-bench.ts'
import { exchangeCases } from './network-exchange-cases.ts'
import { gossipCases } from './network-gossip-cases.ts'
import { linkCases } from './network-link-cases.ts'
import { twinCases } from './network-twin-cases.ts'

/**
 * What every `Network` promises; each sentence holds for the in-memory one and for libp2p. Run it before you give your own to
 * a node. `prepare` is called anew for each case; `memoryNetworkSetup` shows what it has to give.
 *
 * @example
 * ```ts
 * import { memoryNetworkSetup, networkContract } from 'lampfield/testing'
 *
 * // With a test runner: test(name, run).
 * for (const { name, run } of networkContract(memoryNetworkSetup)) {
 *   await run()
 *   console.log(name)
 * }
 * ```
 */
export function networkContract(prepare: () => NetworkSetup): ContractCase[] {
  const cases = { ...linkCases, ...gossipCases, ...exchangeCases, ...twinCases }
  return Object.entries(cases).map(([name, check]) => ({
    name,
    run: async () => {
      const bench = new NetworkBench(prepare())
      try {
        await check(bench)
      } finally {
        await bench.stop()
      }
    },
  }))
}
