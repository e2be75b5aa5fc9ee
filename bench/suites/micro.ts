import { Bench } from 'tinybench'
import { transferMessages } from '../../src/node/transfer-assembly.ts'
import { decodeMessage } from '../../src/protocol/decode.ts'
import { encodeMessage } from '../../src/protocol/encode.ts'
import type { Replica } from '../../src/replica/replica.ts'
import type { Transfer } from '../../src/replica/transfer.ts'
import { ClusterState } from '../../src/state/cluster-state.ts'
import type { DeviceState } from '../../src/state/device-state.ts'
import { deviceStateReducer } from '../../src/state/device-state-reducer.ts'
import { stampAt } from '../../src/state/stamp.ts'
import { rounded } from '../statistics.ts'
import { byDepth, type Row, type Series, type Suite } from '../suite.ts'
import { verify } from '../verification.ts'
import { channel, entity, flips, replicaOf, signing, type Signing } from './replicas.ts'

const states: readonly DeviceState[] = ['NOT_INUSE', 'INUSE', 'RINGING', 'ONHOLD']

/** The parts of a change's way, each on its own, in this process. */
export const micro: Suite = {
  name: 'micro',
  about: 'reduce, write, check and apply, encode, decode, snapshot: each alone, in one process',
  async run(run) {
    const time = byDepth(run, { tiny: 20, overview: 300, long: 2000 })
    const bench = new Bench({ time, warmupTime: time / 4, retainSamples: true, throws: true })
    const closing: Replica[] = []
    /** How many changes or entries one call handles. */
    const sizes = new Map<string, number>()
    const add = (name: string, size: number, body: () => void, before?: () => void): void => {
      const label = `${name} ${size}`
      sizes.set(label, size)
      bench.add(label, body, before === undefined ? {} : { beforeEach: before })
    }
    addReduce(add)
    for (const size of [1, 100]) addSteps(add, size, closing)
    for (const size of [1000, 10_000]) addSnapshot(add, size, closing)
    for (const [at, task] of bench.tasks.entries()) {
      await run.progress(at / bench.tasks.length, task.name)
      await task.run()
    }
    for (const replica of closing) replica.close()
    const rows: Row[] = []
    const series: Series[] = []
    for (const task of bench.tasks) {
      const { result } = task
      verify('latency' in result, `${task.name} was not measured: ${result.state}`)
      const { p50, p99, samplesCount, samples = [] } = result.latency
      const size = sizes.get(task.name) ?? 1
      series.push({ metric: 'call', unit: 'ms', case: { what: task.name }, runs: [thinned(samples)] })
      rows.push({
        what: task.name,
        us_p50: rounded(p50 * 1000),
        us_p99: rounded(p99 * 1000),
        us_per_entry: rounded((p50 * 1000) / size),
        calls: samplesCount,
      })
    }
    const notes = [
      'the number is of changes or entries in one call; apply includes the check of the update and of its signature',
    ]
    return { tables: [{ title: 'microseconds a call', rows }], series, ratios: {}, notes }
  },
}

type Add = (name: string, size: number, body: () => void, before?: () => void) => void

/** A key with entries of 50 entities, of which one changes. */
function addReduce(add: Add): void {
  const state = new ClusterState<DeviceState>(() => deviceStateReducer)
  for (let number = 1; number <= 50; number += 1) {
    state.setCounted(entity(number), true)
    state.put(entity(number), 'PJSIP/alice', 'NOT_INUSE', stampAt(number))
  }
  verify(state.get('PJSIP/alice') === 'NOT_INUSE', 'fifty times NOT_INUSE is NOT_INUSE')
  let turn = 0
  add('reduce', 1, () => {
    turn += 1
    state.put(entity((turn % 50) + 1), 'PJSIP/alice', states[turn % states.length] ?? 'INUSE', stampAt(turn))
  })
}

function addSteps(add: Add, size: number, closing: Replica[]): void {
  const signatures = signing()
  let turn = 0
  const next = (writer: Replica): Transfer[] => {
    turn += 1
    return writer.write(channel, flips(size, turn))
  }
  const [writing] = pair(signatures, closing)
  add('write and sign', size, () => void next(writing))
  const [writer, copy] = pair(signatures, closing)
  let ready: Transfer[] = []
  const hand = (): void => {
    for (const transfer of ready) verify(copy.receive(transfer).kind === 'applied', 'the copy takes every step')
    ready = []
  }
  // What a call takes is made outside of its time. What no call took is handed over first, or the next step would be a gap.
  add('check and apply', size, hand, () => {
    hand()
    ready = next(writer)
  })
  // The second write of the same keys: the first one also carries their names.
  const [speaker] = pair(signatures, closing)
  next(speaker)
  const [first] = next(speaker)
  const [message] = first === undefined ? [] : transferMessages(first)
  verify(message !== undefined, 'a write gives a message')
  const bytes = encodeMessage(message)
  verify(decodeMessage(bytes).ok, 'what is encoded can be decoded')
  add('encode', size, () => void encodeMessage(message))
  add('decode', size, () => void decodeMessage(bytes))
}

function addSnapshot(add: Add, size: number, closing: Replica[]): void {
  const signatures = signing()
  const [writer, copy] = pair(signatures, closing)
  const write = (turn: number): void => {
    // As the node does: no more changes in one write than fit into one message.
    const all = [...flips(size, turn)]
    for (let at = 0; at < size; at += 1024) writer.write(channel, new Map(all.slice(at, at + 1024)))
  }
  write(1)
  const snapshot = (): Transfer[] =>
    [...writer.heads()].flatMap(({ document }) => writer.transfers(document, undefined))
  add('make a snapshot', size, () => void snapshot())
  let taken: Transfer[] = []
  add(
    'take a snapshot',
    size,
    () => {
      for (const transfer of taken)
        verify(copy.receive(transfer).kind === 'applied', 'a copy that has nothing takes a snapshot')
    },
    () => {
      copy.drop(entity(1))
      taken = snapshot()
    },
  )
}

function pair(signatures: Signing, closing: Replica[]): [writer: Replica, copy: Replica] {
  const [writer, copy] = [replicaOf(entity(1), signatures), replicaOf(entity(2), signatures)]
  closing.push(writer, copy)
  for (const transfer of writer.begin({ incarnation: 1, nonce: 1 })) copy.receive(transfer)
  return [writer, copy]
}

/** At most a thousand samples, evenly taken: a million equal calls in a file tell no more. */
function thinned(samples: readonly number[]): number[] {
  const step = Math.max(1, Math.ceil(samples.length / 1000))
  return samples.filter((_, at) => at % step === 0)
}
