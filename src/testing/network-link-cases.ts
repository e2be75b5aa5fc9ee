import { strict as assert } from 'node:assert'
import { present } from './contract-case.ts'
import type { Failure } from '../runtime/failure.ts'
import type { NetworkCase } from './network-bench.ts'
import { AnswerRecorder, bytes, NetworkRecorder } from './network-recorder.ts'

/** Being connected: what every network promises. */
export const linkCases: Readonly<Record<string, NetworkCase>> = {
  'connects to whom it remembers, and tells each side once': async (bench) => {
    await bench.connect(3)
    await bench.settle()
    for (const [at, recorder] of bench.told.entries()) {
      const others = bench.networks.filter((_, other) => other !== at).map(({ self }) => self)
      assert.deepEqual([...recorder.connected].sort(), [...others].sort())
      assert.deepEqual(recorder.disconnected, [])
    }
    const [link] = bench.network(0).links()
    assert.ok(bench.networks.some(({ self }) => self === link?.peer))
    assert.match(link?.address ?? '', /^\/ip4\/[\d.]+\/tcp\/\d+$/)
    assert.equal(bench.network(0).counters().dialFailures, 0)
  },
  'seeks whoever answers at an address, and lets go of it without a cut': async (bench) => {
    bench.networks = bench.make(2)
    bench.told = bench.networks.map(() => new NetworkRecorder())
    for (const [at, network] of bench.networks.entries()) await network.start(bench.recorder(at))
    bench.network(0).seek([present(bench.network(1).addresses()[0])])
    await bench.until(() => bench.recorder(0).peers.size === 1 && bench.recorder(1).peers.size === 1)
    assert.throws(() => bench.network(0).seek(['nowhere']), { code: 'invalid-argument' })
    bench.network(0).seek([])
    await bench.settle()
    assert.equal(bench.network(0).links().length, 1)
  },
  'is not connected with whom the node does not admit, whoever dials': async (bench) => {
    bench.networks = bench.make(3)
    bench.told = bench.networks.map(() => new NetworkRecorder())
    const [wary, unwanted, other] = [bench.network(0), bench.network(1), bench.network(2)]
    bench.recorder(0).admits = (peer) => peer !== unwanted.self
    for (const [at, network] of bench.networks.entries()) await network.start(bench.recorder(at))
    wary.remember(unwanted.self, unwanted.addresses())
    unwanted.remember(wary.self, wary.addresses())
    other.remember(wary.self, wary.addresses())
    await bench.until(() => bench.recorder(0).connected.length > 0 && wary.counters().dials > 0)
    await bench.settle()
    assert.deepEqual(bench.recorder(0).connected, [other.self])
    assert.deepEqual(bench.recorder(1).connected, [])
  },
  'breaks requests off when the connection goes, and comes back by itself': async (bench) => {
    await bench.connect(2)
    bench.recorder(1).answer = function* () {
      for (;;) yield new Uint8Array(90_000)
    }
    const answer = new AnswerRecorder()
    let toldWithin = -1
    answer.onFrame = () => {
      if (answer.frames.length > 1) return
      bench.network(0).disconnect(bench.network(1).self)
      toldWithin = bench.recorder(0).disconnected.length + answer.ends
    }
    bench.network(0).request(bench.network(1).self, bytes('endless'), answer)
    await bench.until(() => answer.ends === 1)
    assert.equal(answer.failure?.code, 'peer-unreachable')
    assert.equal(toldWithin, 0)
    await bench.until(() => bench.recorder(0).disconnected.length === 1 && bench.recorder(1).disconnected.length === 1)
    await bench.until(() => bench.recorder(0).peers.size === 1 && bench.recorder(1).peers.size === 1)
    assert.deepEqual(bench.recorder(0).connected, [bench.network(1).self, bench.network(1).self])
  },
  'lets a forgotten peer go': async (bench) => {
    await bench.connect(2)
    bench.network(0).forget(bench.network(1).self)
    bench.network(1).forget(bench.network(0).self)
    assert.equal(bench.network(0).links().length, 1)
    bench.network(0).disconnect(bench.network(1).self)
    await bench.until(() => bench.recorder(0).disconnected.length === 1)
    await bench.settle()
    assert.equal(bench.recorder(0).peers.size, 0)
  },
  'stops cleanly: the others are told, nothing comes afterwards, and stopping again does nothing': async (bench) => {
    await bench.connect(3)
    await bench.subscribeAll('a')
    const answer = new AnswerRecorder()
    bench.recorder(1).answer = function* () {
      for (;;) yield new Uint8Array(90_000)
    }
    bench.network(0).request(bench.network(1).self, bytes('endless'), answer)
    await bench.network(0).stop()
    const heard = bench.recorder(0).messages.length
    await bench.until(() => bench.recorder(1).peers.size === 1 && bench.recorder(2).peers.size === 1)
    await bench.network(1).publish('a', bytes('who is left?'))
    await bench.until(() => bench.recorder(2).messages.length === 1)
    await bench.network(0).stop()
    await bench.network(0).publish('a', bytes('a ghost'))
    await bench.settle()
    assert.equal(bench.recorder(0).messages.length, heard)
    assert.equal(bench.recorder(2).messages.length, 1)
    assert.deepEqual(bench.network(0).links(), [])
  },
  'says that an address is taken, and which': async (bench) => {
    await bench.connect(1)
    const [taken] = bench.network(0).addresses()
    const [second] = bench.make(1, { listen: present(taken) })
    await assert.rejects(present(second).start(new NetworkRecorder()), (error: Failure) => {
      assert.equal(error.code, 'address-unusable')
      assert.ok(error.message.includes(present(taken).split('/')[4] ?? ''))
      return true
    })
    await present(second).stop()
  },
}
