import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { peerIdOf } from '../../src/state/peer-id.ts'
import type { NetworkLimits } from '../../src/network/network-limits.ts'
import type { Network } from '../../src/network/network.ts'
import { AnswerRecorder, bytes, NetworkRecorder, text } from './network-recorder.ts'

export interface NetworkSetupOptions {
  readonly limits: NetworkLimits
  /** The one address to listen on. Default any free one of the loopback interface. */
  readonly listen?: string
  /** All with one key: a process and copies of it. */
  readonly oneKey?: boolean
}

/** What the suite needs of whoever runs it. */
export interface NetworkSetup {
  /** Networks that do not find each other by themselves and allow the topics `a` and `b`; not started. */
  make(count: number, options: NetworkSetupOptions): readonly Network[]
  /** Lets time pass until the condition holds; fails after a deadline. */
  until(condition: () => boolean): Promise<void>
  /** Lets so much time pass that what was under way would have arrived. */
  settle(): Promise<void>
}

const limits = { messageMaxBytes: 100_000, frameMaxBytes: 100_000, answerMaxBytes: 2_000_000, streamsPerPeerMax: 4 }

/** What every `Network` promises; each sentence holds for the in-memory one and for libp2p. */
export function networkContract(name: string, prepare: () => NetworkSetup): void {
  describe(`${name}: the network contract`, () => {
    let setup: NetworkSetup
    let networks: readonly Network[] = []
    let told: NetworkRecorder[] = []

    /** Starts `count` networks that know each other. */
    const connect = async (count: number): Promise<void> => {
      networks = setup.make(count, { limits })
      told = networks.map(() => new NetworkRecorder())
      for (const [at, network] of networks.entries()) await network.start(recorder(at))
      for (const network of networks) {
        for (const other of networks) if (other !== network) network.remember(other.self, other.addresses())
      }
      await setup.until(() => told.every((recorder) => recorder.peers.size === count - 1))
    }
    const network = (at: number): Network => present(networks[at])
    const recorder = (at: number): NetworkRecorder => present(told[at])

    /** Subscribes all to a topic and waits until gossip passes from each to all others. */
    const subscribeAll = async (topic: string): Promise<void> => {
      for (const each of networks) each.subscribe(topic)
      let round = 0
      for (const [at, each] of networks.entries()) {
        const others = told.filter((_, other) => other !== at)
        await setup.until(() => {
          round += 1
          if (round % 20 === 1) void each.publish(topic, bytes(`warm-up ${at} ${round}`))
          return others.every((other) => other.messages.some(({ text }) => text.startsWith(`warm-up ${at} `)))
        })
      }
      await setup.settle()
      for (const { messages } of told) messages.length = 0
    }

    beforeEach(() => {
      setup = prepare()
    })

    afterEach(async () => {
      for (const each of networks) await each.stop()
      networks = []
    })

    it('connects to whom it remembers, and tells each side once', async () => {
      await connect(3)
      await setup.settle()
      for (const [at, recorder] of told.entries()) {
        const others = networks.filter((_, other) => other !== at).map(({ self }) => self)
        expect([...recorder.connected].sort()).toEqual([...others].sort())
        expect(recorder.disconnected).toEqual([])
      }
      const [link] = network(0).links()
      expect(networks.map(({ self }) => self)).toContain(link?.peer)
      expect(link?.address).toMatch(/^\/ip4\/[\d.]+\/tcp\/\d+$/)
      expect(network(0).counters().dialFailures).toBe(0)
    })

    it('delivers a message once to each subscriber, with its bytes and the neighbour it came from', async () => {
      await connect(4)
      await subscribeAll('a')
      await network(0).publish('a', bytes('hello'))
      await setup.until(() => told.slice(1).every(({ messages }) => messages.length > 0))
      await setup.settle()
      expect(recorder(0).messages).toEqual([])
      for (const { messages } of told.slice(1)) {
        expect(messages).toEqual([{ topic: 'a', text: 'hello', bytes: 5, from: expect.any(String) }])
      }
      expect(network(0).counters().messagesOut).toBeGreaterThan(0)
      expect(network(1).counters().messagesIn).toBeGreaterThan(0)
      expect(network(1).counters().bytesIn).toBeGreaterThan(0)
    })

    it('delivers only what was subscribed, and nothing after unsubscribing', async () => {
      await connect(3)
      await subscribeAll('a')
      network(1).unsubscribe('a')
      network(2).subscribe('b')
      await setup.settle()
      await network(0).publish('a', bytes('on a'))
      await network(0).publish('b', bytes('on b'))
      await setup.until(() => recorder(2).messages.length === 2)
      await setup.settle()
      expect(recorder(1).messages).toEqual([])
    })

    it('tells equal bytes on two topics apart, and takes equal bytes on one topic for one message', async () => {
      await connect(2)
      await subscribeAll('a')
      await subscribeAll('b')
      await network(0).publish('a', bytes('same'))
      await network(0).publish('b', bytes('same'))
      await network(0).publish('b', bytes('same'))
      await setup.until(() => recorder(1).messages.length === 2)
      await setup.settle()
      expect(
        recorder(1)
          .messages.map(({ topic }) => topic)
          .sort(),
      ).toEqual(['a', 'b'])
    })

    it('passes accepted messages on, ignored and rejected ones not', async () => {
      networks = setup.make(3, { limits })
      told = networks.map(() => new NetworkRecorder())
      for (const [at, each] of networks.entries()) await each.start(recorder(at))
      // A chain: the outer two know the middle only.
      network(0).remember(network(1).self, network(1).addresses())
      network(2).remember(network(1).self, network(1).addresses())
      await setup.until(() => recorder(1).peers.size === 2)
      await subscribeAll('a')
      recorder(1).verdict = (text) => (text === 'ignored' ? 'ignore' : text === 'rejected' ? 'reject' : 'accept')
      for (const told of ['ignored', 'rejected', 'accepted']) await network(0).publish('a', bytes(told))
      await setup.until(() => recorder(2).messages.length > 0)
      await setup.settle()
      expect(recorder(1).messages.length).toBe(3)
      expect(recorder(2).messages.map(({ text }) => text)).toEqual(['accepted'])
      expect(recorder(2).messages[0]?.from).toBe(network(1).self)
    })

    it('takes a handler that throws for "ignore"', async () => {
      await connect(2)
      await subscribeAll('a')
      recorder(1).verdict = (text) => {
        if (text === 'bad') throw new Error('planned')
        return 'accept'
      }
      await network(0).publish('a', bytes('bad'))
      await network(0).publish('a', bytes('good'))
      await setup.until(() => recorder(1).messages.length === 2)
    })

    it('refuses a message over the limit by name, before anything is sent', async () => {
      await connect(2)
      await subscribeAll('a')
      expect(() => network(0).publish('a', new Uint8Array(100_001))).toThrow(
        expect.objectContaining({ code: 'limit-reached' }),
      )
      await network(0).publish('a', new Uint8Array(100_000))
      await setup.until(() => recorder(1).messages.length === 1)
      expect(recorder(1).messages[0]?.bytes).toBe(100_000)
    })

    it('answers a request with many frames, in order', async () => {
      await connect(2)
      recorder(1).answer = () => Array.from({ length: 300 }, (_, at) => bytes(`frame ${at}`))
      const answer = new AnswerRecorder()
      network(0).request(network(1).self, bytes('all, please'), answer)
      expect(answer.ends).toBe(0)
      await setup.until(() => answer.ends === 1)
      expect(answer.failure).toBeUndefined()
      expect(answer.frames.map(text)).toEqual(Array.from({ length: 300 }, (_, at) => `frame ${at}`))
      expect(recorder(1).asked).toEqual([{ peer: network(0).self, text: 'all, please' }])
    })

    it('carries an empty frame, an empty answer, and large frames both ways', async () => {
      await connect(2)
      const large = new Uint8Array(60_000).fill(7)
      recorder(1).answer = (asked) => (asked === 'none' ? [] : [new Uint8Array(0), large, large, large])
      const [none, some] = [new AnswerRecorder(), new AnswerRecorder()]
      network(0).request(network(1).self, bytes('none'), none)
      network(0).request(network(1).self, large, some)
      await setup.until(() => none.ends === 1 && some.ends === 1)
      expect([none.failure, some.failure]).toEqual([undefined, undefined])
      expect(none.frames).toEqual([])
      expect(some.frames.map(({ length }) => length)).toEqual([0, 60_000, 60_000, 60_000])
      expect(some.frames[3]).toEqual(large)
    })

    it('takes the frames of an answer only as fast as they go out, and no more once cancelled', async () => {
      await connect(2)
      let taken = 0
      let isClosed = false
      recorder(1).answer = function* () {
        try {
          for (; taken < 100_000; taken += 1) yield new Uint8Array(10_000)
        } finally {
          isClosed = true
        }
      }
      const answer = new AnswerRecorder()
      const cancel = network(0).request(network(1).self, bytes('endless'), answer)
      answer.onFrame = () => {
        if (answer.frames.length === 10) cancel()
      }
      await setup.until(() => isClosed)
      cancel()
      const [takenThen, framesThen] = [taken, answer.frames.length]
      await setup.settle()
      expect(taken).toBe(takenThen)
      expect([answer.frames.length, framesThen]).toEqual([10, 10])
      expect(answer.ends).toBe(0)
      expect(taken).toBeLessThan(1000)
    })

    it('ends a request to a peer that is not connected by name, and not within the call', async () => {
      await connect(2)
      const answer = new AnswerRecorder()
      network(0).request(peerIdOf(new Uint8Array(32).fill(9)), bytes('anybody?'), answer)
      expect(answer.ends).toBe(0)
      await setup.until(() => answer.ends === 1)
      expect(answer.failure?.code).toBe('peer-unreachable')
    })

    it('ends a request with a failure when a frame or the whole answer is too large', async () => {
      await connect(2)
      recorder(1).answer = (asked) =>
        asked === 'large frame' ? [new Uint8Array(100_001)] : Array.from({ length: 30 }, () => new Uint8Array(90_000))
      const [frame, whole, own] = [new AnswerRecorder(), new AnswerRecorder(), new AnswerRecorder()]
      network(0).request(network(1).self, bytes('large frame'), frame)
      network(0).request(network(1).self, bytes('large answer'), whole)
      network(0).request(network(1).self, new Uint8Array(100_001), own)
      await setup.until(() => [frame, whole, own].every(({ ends }) => ends === 1))
      expect(frame.frames).toEqual([])
      expect(frame.failure?.code).toBe('peer-unreachable')
      expect(whole.failure?.code).toBe('peer-unreachable')
      expect(own.failure?.code).toBe('limit-reached')
      // The connection bears it.
      const next = new AnswerRecorder()
      recorder(1).answer = () => [bytes('fine')]
      network(0).request(network(1).self, bytes('and now?'), next)
      await setup.until(() => next.ends === 1)
      expect(next.frames.map(text)).toEqual(['fine'])
    })

    it('breaks only the stream when the answering side throws', async () => {
      await connect(2)
      recorder(1).answer = function* () {
        yield bytes('one')
        throw new Error('planned')
      }
      const answer = new AnswerRecorder()
      network(0).request(network(1).self, bytes('?'), answer)
      await setup.until(() => answer.ends === 1)
      expect(answer.failure?.code).toBe('peer-unreachable')
      expect(recorder(0).disconnected).toEqual([])
    })

    it('serves no more streams of one peer at a time than allowed', async () => {
      await connect(2)
      let open = 0
      let most = 0
      recorder(1).answer = function* () {
        open += 1
        most = Math.max(most, open)
        try {
          for (let turn = 0; turn < 18; turn += 1) yield new Uint8Array(90_000)
        } finally {
          open -= 1
        }
      }
      const answers = Array.from({ length: 12 }, () => new AnswerRecorder())
      for (const answer of answers) network(0).request(network(1).self, bytes('?'), answer)
      await setup.until(() => answers.every(({ ends }) => ends === 1))
      expect(most).toBeLessThanOrEqual(4)
      const served = answers.filter(({ failure }) => failure === undefined)
      expect(served.length).toBeGreaterThanOrEqual(4)
      expect(answers.every(({ failure }) => failure === undefined || failure.code === 'peer-unreachable')).toBe(true)
    })

    it('breaks requests off when the connection goes, and comes back by itself', async () => {
      await connect(2)
      recorder(1).answer = function* () {
        for (;;) yield new Uint8Array(90_000)
      }
      const answer = new AnswerRecorder()
      let toldWithin = -1
      answer.onFrame = () => {
        if (answer.frames.length > 1) return
        network(0).disconnect(network(1).self)
        toldWithin = recorder(0).disconnected.length + answer.ends
      }
      network(0).request(network(1).self, bytes('endless'), answer)
      await setup.until(() => answer.ends === 1)
      expect(answer.failure?.code).toBe('peer-unreachable')
      expect(toldWithin).toBe(0)
      await setup.until(() => recorder(0).disconnected.length === 1 && recorder(1).disconnected.length === 1)
      await setup.until(() => recorder(0).peers.size === 1 && recorder(1).peers.size === 1)
      expect(recorder(0).connected).toEqual([network(1).self, network(1).self])
    })

    it('lets a forgotten peer go', async () => {
      await connect(2)
      network(0).forget(network(1).self)
      network(1).forget(network(0).self)
      expect(network(0).links().length).toBe(1)
      network(0).disconnect(network(1).self)
      await setup.until(() => recorder(0).disconnected.length === 1)
      await setup.settle()
      expect(recorder(0).peers.size).toBe(0)
    })

    it('stops cleanly: the others are told, nothing comes afterwards, and stopping again does nothing', async () => {
      await connect(3)
      await subscribeAll('a')
      const answer = new AnswerRecorder()
      recorder(1).answer = function* () {
        for (;;) yield new Uint8Array(90_000)
      }
      network(0).request(network(1).self, bytes('endless'), answer)
      await network(0).stop()
      const heard = recorder(0).messages.length
      await setup.until(() => recorder(1).peers.size === 1 && recorder(2).peers.size === 1)
      await network(1).publish('a', bytes('who is left?'))
      await setup.until(() => recorder(2).messages.length === 1)
      await network(0).stop()
      await network(0).publish('a', bytes('a ghost'))
      await setup.settle()
      expect(recorder(0).messages.length).toBe(heard)
      expect(recorder(2).messages.length).toBe(1)
      expect(network(0).links()).toEqual([])
    })

    it('hears the first of two processes with one key, and tells everybody of both', async () => {
      const [other, ...pair] = [...setup.make(1, { limits }), ...setup.make(2, { limits, oneKey: true })]
      const [original, copy] = [present(pair[0]), present(pair[1])]
      networks = [present(other), original, copy]
      told = networks.map(() => new NetworkRecorder())
      await network(0).start(recorder(0))
      await original.start(recorder(1))
      original.remember(network(0).self, network(0).addresses())
      await setup.until(() => recorder(0).peers.size === 1)
      await copy.start(recorder(2))
      copy.remember(network(0).self, network(0).addresses())
      copy.remember(copy.self, original.addresses())
      await setup.until(() => told.every(({ twins }) => twins.includes(original.self)))
      await setup.settle()
      expect(recorder(0).peers).toEqual(new Set([original.self]))
      expect(told.slice(0, 2).map(({ disconnected }) => disconnected)).toEqual([[], []])
      expect(recorder(2).connected).toEqual([])
      await original.stop()
      await setup.until(() => recorder(2).peers.size === 1)
    })

    it('takes a process that comes after another one with its key, and finds no twin where it answers itself', async () => {
      await connect(2)
      const [first, second] = setup.make(2, { limits, oneKey: true })
      networks = [...networks, present(first), present(second)]
      told = [...told, new NetworkRecorder(), new NetworkRecorder()]
      for (const at of [2, 3]) {
        await network(at).start(recorder(at))
        network(at).remember(network(at).self, [...network(at).addresses(), ...network(0).addresses()])
        for (const known of [0, 1]) network(at).remember(network(known).self, network(known).addresses())
        await setup.until(() => recorder(at).peers.size === 2)
        await setup.settle()
        if (at === 2) await network(at).stop()
      }
      expect(told.flatMap(({ twins }) => twins)).toEqual([])
      expect(recorder(0).peers).toEqual(new Set([network(1).self, network(3).self]))
    })

    it('says that an address is taken, and which', async () => {
      await connect(1)
      const [taken] = network(0).addresses()
      const [second] = setup.make(1, { limits, listen: present(taken) })
      await expect(present(second).start(new NetworkRecorder())).rejects.toMatchObject({
        code: 'address-unusable',
        message: expect.stringContaining(present(taken).split('/')[4] ?? ''),
      })
      await present(second).stop()
    })
  })
}

function present<Value>(value: Value | undefined): Value {
  if (value === undefined) throw new Error('the test asked for something that is not there')
  return value
}
