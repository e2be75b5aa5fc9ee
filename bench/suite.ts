/** One line of a suite's table: plain numbers and words. */
export type Row = Readonly<Record<string, number | string>>

export interface SuiteRun {
  /** Leaves out the longest parts. */
  readonly isQuick: boolean
  /** How much is done, 0 to 1; awaits a turn of the event loop. */
  readonly progress: (done: number) => Promise<void>
}

/** A measurement of one thing, verified before it counts: a suite throws where the result is wrong. */
export interface Suite {
  readonly name: string
  readonly about: string
  run(run: SuiteRun): Promise<Row[]>
}
