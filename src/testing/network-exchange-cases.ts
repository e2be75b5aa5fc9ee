import { strict as assert } from 'node:assert'
import { peerIdOf } from '../state/peer-id.ts'
import type { NetworkCase } from './network-bench.ts'
import { AnswerRecorder, bytes, text } from './network-recorder.ts'

/** Direct exchanges: what every network promises. */
export const exchangeCases: Readonly<Record<string, NetworkCase>> = {
  'answers a request with many frames, in order': async (bench) => {
    await bench.connect(2)
    bench.recorder(1).answer = () => Array.from({ length: 300 }, (_, at) => bytes(`frame ${at}`))
    const answer = new AnswerRecorder()
    bench.network(0).request(bench.network(1).self, bytes('all, please'), answer)
    assert.equal(answer.ends, 0)
    await bench.until(() => answer.ends === 1)
    assert.equal(answer.failure, undefined)
    assert.deepEqual(
      answer.frames.map(text),
      Array.from({ length: 300 }, (_, at) => `frame ${at}`),
    )
    assert.deepEqual(bench.recorder(1).asked, [{ peer: bench.network(0).self, text: 'all, please' }])
  },
  'carries an empty frame, an empty answer, and large frames both ways': async (bench) => {
    await bench.connect(2)
    const large = new Uint8Array(60_000).fill(7)
    bench.recorder(1).answer = (asked) => (asked === 'none' ? [] : [new Uint8Array(0), large, large, large])
    const [none, some] = [new AnswerRecorder(), new AnswerRecorder()]
    bench.network(0).request(bench.network(1).self, bytes('none'), none)
    bench.network(0).request(bench.network(1).self, large, some)
    await bench.until(() => none.ends === 1 && some.ends === 1)
    assert.deepEqual([none.failure, some.failure], [undefined, undefined])
    assert.deepEqual(none.frames, [])
    assert.deepEqual(
      some.frames.map(({ length }) => length),
      [0, 60_000, 60_000, 60_000],
    )
    assert.equal(Buffer.compare(some.frames[3] ?? new Uint8Array(0), large), 0)
  },
  'takes the frames of an answer only as fast as they go out, and no more once cancelled': async (bench) => {
    await bench.connect(2)
    let taken = 0
    let isClosed = false
    bench.recorder(1).answer = function* () {
      try {
        for (; taken < 100_000; taken += 1) yield new Uint8Array(10_000)
      } finally {
        isClosed = true
      }
    }
    const answer = new AnswerRecorder()
    const cancel = bench.network(0).request(bench.network(1).self, bytes('endless'), answer)
    answer.onFrame = () => {
      if (answer.frames.length === 10) cancel()
    }
    await bench.until(() => isClosed)
    cancel()
    const [takenThen, framesThen] = [taken, answer.frames.length]
    await bench.settle()
    assert.equal(taken, takenThen)
    assert.deepEqual([answer.frames.length, framesThen], [10, 10])
    assert.equal(answer.ends, 0)
    assert.ok(taken < 1000)
  },
  'ends a request to a peer that is not connected by name, and not within the call': async (bench) => {
    await bench.connect(2)
    const answer = new AnswerRecorder()
    bench.network(0).request(peerIdOf(new Uint8Array(32).fill(9)), bytes('anybody?'), answer)
    assert.equal(answer.ends, 0)
    await bench.until(() => answer.ends === 1)
    assert.equal(answer.failure?.code, 'peer-unreachable')
  },
  'ends a request with a failure when a frame or the whole answer is too large': async (bench) => {
    await bench.connect(2)
    bench.recorder(1).answer = (asked) =>
      asked === 'large frame' ? [new Uint8Array(100_001)] : Array.from({ length: 30 }, () => new Uint8Array(90_000))
    const [frame, whole, own] = [new AnswerRecorder(), new AnswerRecorder(), new AnswerRecorder()]
    bench.network(0).request(bench.network(1).self, bytes('large frame'), frame)
    bench.network(0).request(bench.network(1).self, bytes('large answer'), whole)
    bench.network(0).request(bench.network(1).self, new Uint8Array(100_001), own)
    await bench.until(() => [frame, whole, own].every(({ ends }) => ends === 1))
    assert.deepEqual(frame.frames, [])
    assert.equal(frame.failure?.code, 'peer-unreachable')
    assert.equal(whole.failure?.code, 'peer-unreachable')
    assert.equal(own.failure?.code, 'limit-reached')
    // The connection bears it.
    const next = new AnswerRecorder()
    bench.recorder(1).answer = () => [bytes('fine')]
    bench.network(0).request(bench.network(1).self, bytes('and now?'), next)
    await bench.until(() => next.ends === 1)
    assert.deepEqual(next.frames.map(text), ['fine'])
  },
  'breaks only the stream when the answering side throws': async (bench) => {
    await bench.connect(2)
    bench.recorder(1).answer = function* () {
      yield bytes('one')
      throw new Error('planned')
    }
    const answer = new AnswerRecorder()
    bench.network(0).request(bench.network(1).self, bytes('?'), answer)
    await bench.until(() => answer.ends === 1)
    assert.equal(answer.failure?.code, 'peer-unreachable')
    assert.deepEqual(bench.recorder(0).disconnected, [])
  },
  'serves no more streams of one peer at a time than allowed': async (bench) => {
    await bench.connect(2)
    let open = 0
    let most = 0
    bench.recorder(1).answer = function* () {
      open += 1
      most = Math.max(most, open)
      try {
        for (let turn = 0; turn < 18; turn += 1) yield new Uint8Array(90_000)
      } finally {
        open -= 1
      }
    }
    const answers = Array.from({ length: 12 }, () => new AnswerRecorder())
    for (const answer of answers) bench.network(0).request(bench.network(1).self, bytes('?'), answer)
    await bench.until(() => answers.every(({ ends }) => ends === 1))
    assert.ok(most <= 4)
    const served = answers.filter(({ failure }) => failure === undefined)
    assert.ok(served.length >= 4)
    assert.ok(answers.every(({ failure }) => failure === undefined || failure.code === 'peer-unreachable'))
  },
}
