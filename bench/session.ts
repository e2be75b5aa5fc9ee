import { readFileSync } from 'node:fs'
import { UsageError, type Options } from './options.ts'
import { fingerprint, machine, software } from './machine.ts'
import { Progress } from './progress.ts'
import { method, type Results, type SuiteResult } from './result.ts'
import type { Suite } from './suite.ts'
import { tableText } from './table.ts'

const out = (text: string): void => void process.stdout.write(text)

/** Runs the suites one after another and shows what each found. A suite that fails does not keep the others from running. */
export async function measureAll(options: Options): Promise<Results> {
  const here = machine()
  const what = software()
  out(
    `${here.cpu}, ${here.cores} cores, ${here.memoryGB} GB, ${here.system}, Node ${here.node}, load ${here.loadBefore.toFixed(1)}\n`,
  )
  out(`Lampfield ${what.lampfield}, revision ${what.revision}, seed ${options.seed}\n`)
  const startedAt = new Date().toISOString()
  const found: SuiteResult[] = []
  for (const suite of options.suites) {
    out(`\n${suite.name}: ${suite.about}\n`)
    const result = await measured(suite, options)
    found.push(result)
    show(result)
  }
  return {
    format: 1,
    startedAt,
    machine: here,
    fingerprint: fingerprint(here),
    software: what,
    method,
    depth: options.depth,
    seed: options.seed,
    isWhole: options.isWhole,
    suites: found,
  }
}

/** What earlier runs on one machine have written, as one result; where and when are those of the first. Shows all of it. */
export function readResults(files: readonly string[]): Results {
  const [first, ...others] = files.map(resultsIn)
  if (first === undefined) throw new UsageError('--from names no file')
  for (const [at, other] of others.entries()) {
    if (other.fingerprint === first.fingerprint) continue
    throw new UsageError(
      `${files[at + 1]} is of another machine or version of Node than ${files[0]}: they are not mixed`,
    )
  }
  const suites = [first, ...others].flatMap((one) => one.suites)
  for (const result of suites) {
    out(`\n${result.name}: ${result.about}\n`)
    show(result)
  }
  return others.length === 0 ? first : { ...first, isWhole: false, suites }
}

function resultsIn(file: string): Results {
  const read = (): unknown => {
    try {
      return JSON.parse(readFileSync(file, 'utf8'))
    } catch (error) {
      throw new UsageError(
        `${file} cannot be read as results: ${error instanceof Error ? error.message : String(error)}`,
      )
    }
  }
  const results = read() as Partial<Results> | null
  if (results?.format !== 1 || !Array.isArray(results.suites)) {
    throw new UsageError(`${file} holds no results of this version: write them with --json`)
  }
  return results as Results
}

/** Suites whose results turned out to be wrong, or that could not be brought to their end. */
export function failedSuites({ suites }: Pick<Results, 'suites'>): string[] {
  return suites.filter(({ status }) => status === 'failed').map(({ name }) => name)
}

async function measured(suite: Suite, options: Options): Promise<SuiteResult> {
  const { name, about } = suite
  const startMs = performance.now()
  const seconds = (): number => Math.round((performance.now() - startMs) / 100) / 10
  const trouble = suite.trouble?.()
  if (trouble !== undefined) return { name, about, seconds: 0, status: 'skipped', reason: trouble }
  const progress = new Progress(name)
  const { depth, nodes, runs, seed, peers } = options
  try {
    const outcome = await suite.run({
      depth,
      nodes,
      runs,
      seed,
      peers,
      progress: (done, next) => progress.show(done, next),
    })
    return { name, about, seconds: seconds(), status: 'measured', ...outcome }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    return { name, about, seconds: seconds(), status: 'failed', reason }
  } finally {
    progress.end()
  }
}

function show(result: SuiteResult): void {
  switch (result.status) {
    case 'measured':
      for (const table of result.tables) out(tableText(table))
      for (const note of result.notes) out(`  ${note}\n`)
      out(`  ${result.seconds} s\n`)
      return
    case 'failed':
      out(`  FAILED after ${result.seconds} s: ${result.reason}\n`)
      return
    case 'skipped':
      out(`  skipped: ${result.reason}\n`)
  }
}
