import { lanTrouble } from '../../test/support/namespaces.ts'
import { byDepth, type Row, type Suite, type SuiteRun } from '../suite.ts'
import { ratios, series, tables, type Account } from '../versus/figures.ts'
import type { Finding, Plan } from '../versus/finding.ts'
import { CannotRun, type Peer } from '../versus/peer.ts'
import { peers } from '../versus/peers.ts'
import { trial } from '../versus/trial.ts'

/** The first of them is the one that the others are compared with. */
export function versusSuite([own, ...others]: readonly [Peer, ...Peer[]]): Suite {
  return {
    name: 'versus',
    about: 'the same work in Lampfield and in others, by turns',
    isExtra: true,
    peers: others.map(({ name }) => name),
    trouble: lanTrouble,
    async run(run) {
      const chosen = [own, ...others.filter(({ name }) => run.peers === undefined || run.peers.includes(name))]
      const { able, unable } = await prepared(chosen, run)
      const { accounts, failures } = await rounds(able, run)
      const ownAccount = accounts.find(({ peer }) => peer === own)
      const ownFailure = failures.find(({ peer }) => peer === own.name)
      if (ownAccount === undefined || ownFailure !== undefined)
        throw new Error(String(ownFailure?.['reason'] ?? 'nothing'))
      return {
        tables: tables(accounts, [...unable, ...failures]),
        series: series(accounts),
        ratios: ratios(accounts),
        notes: notes(planFor(run)),
      }
    },
  }
}

export const versus: Suite = versusSuite(peers)

interface Able {
  readonly peer: Peer
  readonly version: string
}

const reasonOf = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? ''

async function prepared(chosen: readonly Peer[], run: SuiteRun): Promise<{ able: Able[]; unable: Row[] }> {
  const [able, unable]: [Able[], Row[]] = [[], []]
  for (const peer of chosen) {
    await run.progress(0, `${peer.name} is looked for`)
    try {
      able.push({ peer, version: await peer.prepare() })
    } catch (error) {
      if (!(error instanceof CannotRun)) throw error
      unable.push({ peer: peer.name, reason: error.message })
    }
  }
  return { able, unable }
}

/** Everybody in turn, again and again, so that a noisy minute of the machine meets all alike. */
async function rounds(able: readonly Able[], run: SuiteRun): Promise<{ accounts: Account[]; failures: Row[] }> {
  const count = run.runs ?? byDepth(run, { tiny: 1, overview: 3, long: 7 })
  const found = new Map(able.map(({ peer }) => [peer, [] as (Finding | undefined)[]]))
  const failures: Row[] = []
  const pace = new Pace(able.length, count)
  for (let round = 0; round < count; round += 1) {
    for (const [at, { peer }] of able.entries()) {
      await run.progress(pace.done(round, at), `${peer.name}, round ${round + 1} of ${count}`)
      const startMs = performance.now()
      const before = found.get(peer) ?? []
      try {
        before.push(await trial(peer, planFor(run, before)))
      } catch (error) {
        before.push(undefined)
        failures.push({ peer: peer.name, reason: `round ${round + 1}: ${reasonOf(error)}` })
      }
      pace.took(at, performance.now() - startMs)
    }
  }
  const accounts = able.map(({ peer, version }) => ({ peer, version, rounds: found.get(peer) ?? [] }))
  return { accounts: accounts.filter((account) => account.rounds.some((one) => one !== undefined)), failures }
}

/** One waits a minute where another has done everything in twenty seconds: how long each took the last time tells what is still to come. */
class Pace {
  readonly #rounds: number
  readonly #lastMs: (number | undefined)[]
  #spentMs = 0

  constructor(peers: number, rounds: number) {
    this.#rounds = rounds
    this.#lastMs = Array.from({ length: peers }, () => undefined)
  }

  took(peer: number, ms: number): void {
    this.#spentMs += ms
    this.#lastMs[peer] = ms
  }

  /** How much is done, 0 to 1, before a peer's turn in a round. Who had no turn yet takes as long as the others on average. */
  done(round: number, peer: number): number {
    const known = this.#lastMs.filter((ms) => ms !== undefined)
    const usual = known.length === 0 ? 1 : known.reduce((sum, ms) => sum + ms, 0) / known.length
    const restMs = this.#lastMs
      .map((ms = usual, at) => ms * (this.#rounds - round - (at < peer ? 1 : 0)))
      .reduce((sum, ms) => sum + ms, 0)
    return this.#spentMs / (this.#spentMs + restMs)
  }
}

/** Longer is waited for once only. */
const tediousMs = 30_000

/** What has run into its limit in one round, or has taken very long, is not waited for again. */
function planFor(run: SuiteRun, before: readonly (Finding | undefined)[] = []): Plan {
  const isTedious = (ms: number | null | undefined): boolean => ms === null || (ms ?? 0) > tediousMs
  const skip = {
    heal: before.some((finding) => isTedious(finding?.healMs)),
    death: before.some((finding) => isTedious(finding?.deathMs)),
  }
  const limits = { readyMs: 60_000, changeLimitMs: 10_000, stormLimitMs: 60_000, deathLimitMs: 90_000 }
  return byDepth<Plan>(run, {
    tiny: {
      ...limits,
      changes: 10,
      gapMs: 10,
      stormShare: 30,
      cutMs: 1000,
      changesInCut: 2,
      healLimitMs: 20_000,
      skip,
    },
    // A cut that is longer than the slowest of them takes to notice it, but for Kamailio.
    overview: {
      ...limits,
      changes: 100,
      gapMs: 20,
      stormShare: 1,
      cutMs: 12_000,
      changesInCut: 10,
      healLimitMs: 60_000,
      skip,
    },
    long: {
      ...limits,
      changes: 500,
      gapMs: 20,
      stormShare: 1,
      cutMs: 12_000,
      changesInCut: 100,
      healLimitMs: 150_000,
      skip,
    },
  })
}

const notes = ({ changes, cutMs, deathLimitMs, healLimitMs, stormLimitMs, changesInCut }: Plan): string[] => [
  `change: ${changes} a round, each when the one before has arrived; until the last of two others has it`,
  `killed: kill -9 of a participant and of all its host's daemons, limit ${deathLimitMs / 1000} s; silent: its cable is pulled, as long as the cut`,
  `healed: ${changesInCut} changes on each side of a cut of ${cutMs / 1000} s, from its end until all hold all, limit ${healLimitMs / 1000} s; storms have ${stormLimitMs / 1000} s`,
  'bytes: what all network cards have sent, every layer, divided by changes; each change has to get to two others',
  `what has run into its limit once, or taken more than ${tediousMs / 1000} s, is not tried again in later rounds; bench/README.md tells what each of them promises and what not`,
]
