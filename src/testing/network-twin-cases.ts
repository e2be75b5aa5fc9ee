import { strict as assert } from 'node:assert'
import { present } from './contract-case.ts'
import type { NetworkCase } from './network-bench.ts'
import { NetworkRecorder } from './network-recorder.ts'

/** Two processes with one key: what every network promises. */
export const twinCases: Readonly<Record<string, NetworkCase>> = {
  'hears the first of two processes with one key, and tells everybody of both': async (bench) => {
    const [other, ...pair] = [...bench.make(1), ...bench.make(2, { oneKey: true })]
    const [original, copy] = [present(pair[0]), present(pair[1])]
    bench.networks = [present(other), original, copy]
    bench.told = bench.networks.map(() => new NetworkRecorder())
    await bench.network(0).start(bench.recorder(0))
    await original.start(bench.recorder(1))
    original.remember(bench.network(0).self, bench.network(0).addresses())
    await bench.until(() => bench.recorder(0).peers.size === 1)
    await copy.start(bench.recorder(2))
    copy.remember(bench.network(0).self, bench.network(0).addresses())
    copy.remember(copy.self, original.addresses())
    await bench.until(() => bench.told.every(({ twins }) => twins.includes(original.self)))
    await bench.settle()
    assert.deepEqual(bench.recorder(0).peers, new Set([original.self]))
    assert.deepEqual(
      bench.told.slice(0, 2).map(({ disconnected }) => disconnected),
      [[], []],
    )
    assert.deepEqual(bench.recorder(2).connected, [])
    await original.stop()
    await bench.until(() => bench.recorder(2).peers.size === 1)
  },
  'takes a process that comes after another one with its key, and finds no twin where it answers itself': async (
    bench,
  ) => {
    await bench.connect(2)
    const [first, second] = bench.make(2, { oneKey: true })
    bench.networks = [...bench.networks, present(first), present(second)]
    bench.told = [...bench.told, new NetworkRecorder(), new NetworkRecorder()]
    for (const at of [2, 3]) {
      const network = bench.network(at)
      await network.start(bench.recorder(at))
      network.remember(network.self, [...network.addresses(), ...bench.network(0).addresses()])
      for (const known of [0, 1]) network.remember(bench.network(known).self, bench.network(known).addresses())
      await bench.until(() => bench.recorder(at).peers.size === 2)
      await bench.settle()
      if (at === 2) await network.stop()
    }
    assert.deepEqual(
      bench.told.flatMap(({ twins }) => twins),
      [],
    )
    assert.deepEqual(bench.recorder(0).peers, new Set([bench.network(1).self, bench.network(3).self]))
  },
}
