import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { UsageError } from './options.ts'
import type { Results } from './result.ts'
import { rounded } from './statistics.ts'

/** The ratios of one environment, as they were when someone found them good. */
export interface Baseline {
  readonly machine: string
  readonly revision: string
  /** By suite and name, as `convergence.convergence_to_stream_at_3`. Less is better in all of them. */
  readonly ratios: Readonly<Record<string, number>>
}

/** All baselines by the fingerprint of their environment. */
export type Baselines = Readonly<Record<string, Baseline>>

export const baselinesFile: string = join(import.meta.dirname, 'baselines.json')

/**
 * A ratio may be so many times that of the baseline before it counts as grown. Runs of the same code on two cores with loads from 3 to 20
 * lay up to 1.9 times apart at 2 and 3 nodes (and 6 times at 8, where no ratio means anything under such a load).
 */
export const allowedGrowth = 2

/** What a comparison found, as sentences. */
export interface Comparison {
  readonly grown: readonly string[]
  readonly said: readonly string[]
}

export function ratiosOf(results: Pick<Results, 'suites'>): Record<string, number> {
  const all: Record<string, number> = {}
  for (const result of results.suites) {
    if (result.status !== 'measured') continue
    for (const [name, value] of Object.entries(result.ratios)) all[`${result.name}.${name}`] = rounded(value)
  }
  return all
}

export function readBaselines(file: string): Baselines {
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Baselines) : {}
}

/** Ratios of this run beside those of the same environment; a ratio that only one of them has is not compared. */
export function compare(results: Results, baselines: Baselines): Comparison {
  const baseline = baselines[results.fingerprint]
  if (baseline === undefined) {
    return {
      grown: [],
      said: [`no baseline belongs to this environment (${results.fingerprint}): nothing is compared`],
    }
  }
  const grown: string[] = []
  const said: string[] = [`baseline of ${baseline.machine}, revision ${baseline.revision}`]
  const { loadBefore, cores } = results.machine
  if (loadBefore > cores / 2) {
    said.push(
      `the machine was busy (load ${loadBefore.toFixed(1)} on ${cores} cores): measure again before you believe it`,
    )
  }
  for (const [name, now] of Object.entries(ratiosOf(results))) {
    const then = baseline.ratios[name]
    if (then === undefined) continue
    const sentence = `${name}: ${now}, baseline ${then}`
    said.push(sentence)
    if (now > then * allowedGrowth) grown.push(`${sentence}, more than ${allowedGrowth} times`)
  }
  return { grown, said }
}

/** Writes this run's ratios as the baseline of its environment, and leaves the others alone. */
export function updateBaseline(results: Results, file: string): void {
  const unsound = results.suites.filter(({ status }) => status !== 'measured').map(({ name }) => name)
  if (!results.isWhole || unsound.length > 0) {
    const why = unsound.length > 0 ? `not measured: ${unsound.join(', ')}` : 'something was left out'
    throw new UsageError(`the baseline stays as it is: it is written by a whole run only (${why})`)
  }
  const { cpu, cores, node } = results.machine
  const own: Baseline = {
    machine: `${cpu}, ${cores} cores, Node ${node}`,
    revision: results.software.revision,
    ratios: ratiosOf(results),
  }
  const all = { ...readBaselines(file), [results.fingerprint]: own }
  writeFileSync(file, `${JSON.stringify(all, undefined, 2)}\n`)
}
