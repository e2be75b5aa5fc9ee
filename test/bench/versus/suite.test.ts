import { describe, expect, test } from 'vitest'
import type { Outcome, SuiteRun } from '../../../bench/suite.ts'
import { versusSuite } from '../../../bench/suites/versus.ts'
import type { Plan } from '../../../bench/versus/finding.ts'
import { CannotRun, type Peer } from '../../../bench/versus/peer.ts'
import { trial } from '../../../bench/versus/trial.ts'
import { VerificationError } from '../../../bench/verification.ts'
import { memoryPeer } from './memory-product.ts'

const plan: Plan = {
  changes: 20,
  gapMs: 0,
  stormShare: 1,
  readyMs: 5000,
  changeLimitMs: 50,
  stormLimitMs: 50,
  cutMs: 20,
  changesInCut: 3,
  healLimitMs: 50,
  deathLimitMs: 50,
  skip: { heal: false, death: false },
}

describe('one round of a product', () => {
  test('measures everything there is', async () => {
    const found = await trial(memoryPeer('good'), plan)
    expect(found).toMatchObject({
      changesLost: 0,
      // A hundred bytes in all between two questions.
      bytesPerChange: 100 / 20,
      storm: 30,
      stormLost: 0,
      participantBytes: 3e6,
      daemonBytes: 1e6,
      healLost: 0,
    })
    expect(found.changeMs).toHaveLength(20)
    const times = [...found.changeMs, found.silenceMs, found.healMs, found.deathMs, found.stormPerSecond]
    expect(times.filter((time) => typeof time !== 'number' || !Number.isFinite(time) || time < 0)).toEqual([])
  })

  test('counts what is lost, and gives no rate for it', async () => {
    const lossy = memoryPeer('lossy', { loses: (key) => /one-3|storm\.p1-0/.test(key), forgetsInCut: true })
    const found = await trial(lossy, plan)
    expect(found.changesLost).toBe(2)
    expect(found.changeMs).toHaveLength(18)
    expect(found).toMatchObject({ stormPerSecond: null, stormLost: 2 })
    // Three keys of p1 lack in p3, three of p3 in both others.
    expect(found).toMatchObject({ healMs: null, healLost: 9 })
  })

  test('waits for nothing that a product has no notion of', async () => {
    const found = await trial({ ...memoryPeer('blind', { isBlind: true }), presence: undefined }, plan)
    expect(found.deathMs).toBeUndefined()
    expect(found.silenceMs).toBeUndefined()
  })

  test('does not begin before everybody counts everybody', async () => {
    const short = { ...plan, readyMs: 0 }
    await expect(trial(memoryPeer('blind', { isBlind: true }), short)).rejects.toThrow(/not everybody counts everybody/)
    await expect(trial(memoryPeer('mute', { loses: () => true }), short)).rejects.toThrow(/does not hear/)
  })

  test('fails where something is held that nobody wrote', async () => {
    await expect(trial(memoryPeer('inventor', { inventsWith: /storm/ }), plan)).rejects.toThrow(VerificationError)
    await expect(trial(memoryPeer('inventor', { inventsWith: /cut/ }), plan)).rejects.toThrow(/p1 holds \d+ keys/)
  })
})

function runOf(peers?: readonly string[]): SuiteRun {
  return {
    depth: 'tiny',
    nodes: undefined,
    runs: 2,
    seed: 1,
    peers,
    progress: () => Promise.resolve(),
  }
}

const rowsOf = ({ tables }: Outcome, title: string) => tables.find((table) => table.title.startsWith(title))?.rows ?? []

describe('the suite', () => {
  test('takes turns, and compares round by round', async () => {
    const order: string[] = []
    const note = (name: string): void => void order.push(name)
    const [own, a, b] = ['own', 'a', 'b'].map((name) => memoryPeer(name, {}, note)) as [Peer, Peer, Peer]
    const outcome = await versusSuite([own, a, b]).run(runOf())
    expect(order).toEqual(['own', 'a', 'b', 'own', 'a', 'b'])
    expect(rowsOf(outcome, 'times Lampfield')).toHaveLength(2)
    expect(rowsOf(outcome, 'times Lampfield')[0]).toMatchObject({ peer: 'a', memory: '1', bytes_alone: '1' })
    expect(outcome.ratios).toMatchObject({ memory_to_a: 1, memory_to_b: 1 })
    expect(outcome.series.find(({ metric }) => metric === 'change')).toMatchObject({ case: { peer: 'own' } })
    expect(rowsOf(outcome, 'not measured')).toEqual([])
  }, 60_000)

  test('lists what cannot run and what fails, with the reason', async () => {
    const absent: Peer = {
      ...memoryPeer('absent'),
      prepare: () => Promise.reject(new CannotRun('it is not installed, and only root may')),
    }
    const broken: Peer = {
      ...memoryPeer('broken'),
      open: () => Promise.reject(new Error('it does not start\nat line 1')),
    }
    const outcome = await versusSuite([memoryPeer('own'), absent, broken]).run(runOf())
    expect(rowsOf(outcome, 'not measured')).toEqual([
      { peer: 'absent', reason: 'it is not installed, and only root may' },
      { peer: 'broken', reason: 'round 1: it does not start' },
      { peer: 'broken', reason: 'round 2: it does not start' },
    ])
    expect(rowsOf(outcome, 'what they are').map((row) => row['peer'])).toEqual(['own'])
  }, 60_000)

  test('is nothing without the one that the others are compared with', async () => {
    const broken: Peer = { ...memoryPeer('own'), open: () => Promise.reject(new Error('it does not start')) }
    await expect(versusSuite([broken, memoryPeer('a')]).run(runOf(['a']))).rejects.toThrow(/it does not start/)
  }, 60_000)

  test('measures only the chosen', async () => {
    const order: string[] = []
    const note = (name: string): void => void order.push(name)
    const [own, a, b] = ['own', 'a', 'b'].map((name) => memoryPeer(name, {}, note)) as [Peer, Peer, Peer]
    const suite = versusSuite([own, a, b])
    expect(suite.peers).toEqual(['a', 'b'])
    await suite.run(runOf(['b']))
    expect(new Set(order)).toEqual(new Set(['own', 'b']))
  }, 60_000)
})
