/** One line of a suite's table: plain numbers and words. */
export type Row = Readonly<Record<string, number | string>>

export interface Table {
  readonly title: string
  readonly rows: readonly Row[]
}

/** What one thing was measured as, run by run, sample by sample: what every table and plot is made of. */
export interface Series {
  /** What was measured, as `convergence`. */
  readonly metric: string
  readonly unit: string
  /** Of what, as `{ nodes: 3 }`. */
  readonly case: Readonly<Record<string, number | string>>
  readonly runs: readonly (readonly number[])[]
}

export interface Outcome {
  readonly tables: readonly Table[]
  readonly series: readonly Series[]
  /** Dimensionless figures that may be compared with those of another day on the same machine; less is better in all of them. */
  readonly ratios: Readonly<Record<string, number>>
  /** How it was measured, where that depends on the machine or on what was asked for. */
  readonly notes: readonly string[]
}

/** `tiny` shows that a suite works, `overview` is what a person waits for, `long` takes its time. */
export type Depth = 'tiny' | 'overview' | 'long'

export interface SuiteRun {
  readonly depth: Depth
  /** Node counts in place of the suite's own. */
  readonly nodes: readonly number[] | undefined
  /** Runs in place of the suite's own number. */
  readonly runs: number | undefined
  readonly seed: number
  /** Names of those that `Suite.peers` offers; undefined for all. */
  readonly peers?: readonly string[] | undefined
  /** How much is done, 0 to 1, and what comes next; awaits a turn of the event loop. */
  readonly progress: (done: number, next?: string) => Promise<void>
}

/** A measurement of one thing, verified before it counts: a suite throws where the result is wrong. */
export interface Suite {
  readonly name: string
  readonly about: string
  /** Why it cannot run here; undefined where it can. */
  readonly trouble?: () => string | undefined
  /** The most nodes that it can be asked for; by default as many processes as a machine may bear. */
  readonly nodesMax?: number
  /** Whether it runs only where it is named: it takes too long, or needs what is not there. */
  readonly isExtra?: boolean
  /** What it compares with, of which `--peers` chooses. */
  readonly peers?: readonly string[]
  run(run: SuiteRun): Promise<Outcome>
}

/** What the depth asks for. */
export const byDepth = <Value>(run: SuiteRun, values: Readonly<Record<Depth, Value>>): Value => values[run.depth]
