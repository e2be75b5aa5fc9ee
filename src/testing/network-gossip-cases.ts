import { strict as assert } from 'node:assert'
import { failure } from './contract-case.ts'
import type { NetworkCase } from './network-bench.ts'
import { bytes, NetworkRecorder } from './network-recorder.ts'

/** Gossip: what every network promises. */
export const gossipCases: Readonly<Record<string, NetworkCase>> = {
  'delivers a message once to each subscriber, with its bytes and the neighbour it came from': async (bench) => {
    await bench.connect(4)
    await bench.subscribeAll('a')
    await bench.network(0).publish('a', bytes('hello'))
    await bench.until(() => bench.told.slice(1).every(({ messages }) => messages.length > 0))
    await bench.settle()
    assert.deepEqual(bench.recorder(0).messages, [])
    for (const { messages } of bench.told.slice(1)) {
      const heard = messages.map(({ topic, text, bytes }) => ({ topic, text, bytes }))
      assert.deepEqual(heard, [{ topic: 'a', text: 'hello', bytes: 5 }])
      assert.ok(bench.networks.some(({ self }) => self === messages[0]?.from))
    }
    assert.ok(bench.network(0).counters().messagesOut > 0)
    assert.ok(bench.network(1).counters().messagesIn > 0)
    assert.ok(bench.network(1).counters().bytesIn > 0)
  },
  'delivers only what was subscribed, and nothing after unsubscribing': async (bench) => {
    await bench.connect(3)
    await bench.subscribeAll('a')
    bench.network(1).unsubscribe('a')
    bench.network(2).subscribe('b')
    await bench.settle()
    await bench.network(0).publish('a', bytes('on a'))
    await bench.network(0).publish('b', bytes('on b'))
    await bench.until(() => bench.recorder(2).messages.length === 2)
    await bench.settle()
    assert.deepEqual(bench.recorder(1).messages, [])
  },
  'tells equal bytes on two topics apart, and takes equal bytes on one topic for one message': async (bench) => {
    await bench.connect(2)
    await bench.subscribeAll('a')
    await bench.subscribeAll('b')
    await bench.network(0).publish('a', bytes('same'))
    await bench.network(0).publish('b', bytes('same'))
    await bench.network(0).publish('b', bytes('same'))
    await bench.until(() => bench.recorder(1).messages.length === 2)
    await bench.settle()
    assert.deepEqual(
      bench
        .recorder(1)
        .messages.map(({ topic }) => topic)
        .sort(),
      ['a', 'b'],
    )
  },
  'passes accepted messages on, ignored and rejected ones not': async (bench) => {
    bench.networks = bench.make(3)
    bench.told = bench.networks.map(() => new NetworkRecorder())
    for (const [at, each] of bench.networks.entries()) await each.start(bench.recorder(at))
    // A chain: the outer two know the middle only.
    bench.network(0).remember(bench.network(1).self, bench.network(1).addresses())
    bench.network(2).remember(bench.network(1).self, bench.network(1).addresses())
    await bench.until(() => bench.recorder(1).peers.size === 2)
    await bench.subscribeAll('a')
    bench.recorder(1).verdict = (text) => (text === 'ignored' ? 'ignore' : text === 'rejected' ? 'reject' : 'accept')
    for (const told of ['ignored', 'rejected', 'accepted']) await bench.network(0).publish('a', bytes(told))
    await bench.until(() => bench.recorder(2).messages.length > 0)
    await bench.settle()
    assert.equal(bench.recorder(1).messages.length, 3)
    assert.deepEqual(
      bench.recorder(2).messages.map(({ text }) => text),
      ['accepted'],
    )
    assert.equal(bench.recorder(2).messages[0]?.from, bench.network(1).self)
  },
  'tells for how long no gossip has come over a link, if it tells that at all': async (bench) => {
    await bench.connect(2)
    await bench.subscribeAll('a')
    const quietMs = (): number | undefined => bench.network(1).links()[0]?.quietMs
    const before = quietMs()
    if (before === undefined) return
    await bench.settle()
    const later = quietMs() ?? 0
    assert.ok(later > before)
    await bench.network(0).publish('a', bytes('hello'))
    await bench.until(() => (quietMs() ?? later) < later)
  },
  'hands a message on to those who are named and subscribed, if it can do so at all': async (bench) => {
    bench.networks = bench.make(4)
    bench.told = bench.networks.map(() => new NetworkRecorder())
    for (const [at, each] of bench.networks.entries()) await each.start(bench.recorder(at))
    const middle = bench.network(0)
    if (middle.handOn === undefined) return
    // A star: the outer three know the middle only.
    for (const outer of bench.networks.slice(1)) outer.remember(middle.self, middle.addresses())
    await bench.until(() => bench.recorder(0).peers.size === 3)
    await bench.subscribeAll('a')
    bench.network(3).unsubscribe('a')
    await bench.settle()
    const [, , second, third] = bench.networks.map(({ self }) => self)
    bench.recorder(0).verdict = (text) => {
      if (text === 'for two')
        middle.handOn?.(
          'a',
          bytes(text),
          [second, third].flatMap((peer) => peer ?? []),
        )
      return 'ignore'
    }
    await bench.network(1).publish('a', bytes('for nobody'))
    await bench.network(1).publish('a', bytes('for two'))
    await bench.until(() => bench.recorder(2).messages.length > 0)
    await bench.settle()
    const heard = [1, 2, 3].map((at) =>
      bench.recorder(at).messages.map(({ text, from }) => [text, from === middle.self]),
    )
    assert.deepEqual(heard, [[], [['for two', true]], []])
  },
  'takes a handler that throws for "ignore"': async (bench) => {
    await bench.connect(2)
    await bench.subscribeAll('a')
    bench.recorder(1).verdict = (text) => {
      if (text === 'bad') throw new Error('planned')
      return 'accept'
    }
    await bench.network(0).publish('a', bytes('bad'))
    await bench.network(0).publish('a', bytes('good'))
    await bench.until(() => bench.recorder(1).messages.length === 2)
  },
  'refuses a message over the limit by name, before anything is sent': async (bench) => {
    await bench.connect(2)
    await bench.subscribeAll('a')
    assert.throws(() => bench.network(0).publish('a', new Uint8Array(100_001)), failure('limit-reached'))
    await bench.network(0).publish('a', new Uint8Array(100_000))
    await bench.until(() => bench.recorder(1).messages.length === 1)
    assert.equal(bench.recorder(1).messages[0]?.bytes, 100_000)
  },
}
