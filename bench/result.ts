import type { Machine, Software } from './machine.ts'
import type { Depth, Outcome } from './suite.ts'

/** How a suite ended: measured, found to be wrong, or not possible here. */
export type SuiteResult = {
  readonly name: string
  readonly about: string
  readonly seconds: number
} & (
  | ({ readonly status: 'measured' } & Outcome)
  | { readonly status: 'failed'; readonly reason: string }
  | { readonly status: 'skipped'; readonly reason: string }
)

/** Everything that a run found, as it is written to the JSON file. */
export interface Results {
  readonly format: 1
  /** ISO 8601. */
  readonly startedAt: string
  readonly machine: Machine
  readonly fingerprint: string
  readonly software: Software
  readonly method: string
  readonly depth: Depth
  readonly seed: number
  readonly isWhole: boolean
  readonly suites: readonly SuiteResult[]
}

export const method: string =
  'Times between processes are of one monotonic clock (CLOCK_MONOTONIC), checked for every process. Inputs are made before and results ' +
  'are verified after what is timed: every node must show exactly what was written. p50 is the median of the medians of the runs, with the ' +
  'least and the greatest of those in brackets; p95 and p99 are of all samples. bench/README.md tells more.'
