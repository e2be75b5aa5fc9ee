import { writeFileSync } from 'node:fs'
import { readOptions, usage, UsageError, type Options } from './options.ts'
import { durationText } from './progress.ts'
import { failedSuites, measureAll, readResults } from './session.ts'
import { suites } from './suites.ts'

function options(): Options | undefined {
  const read = readOptions(process.argv.slice(2), suites)
  if (read === undefined) process.stdout.write(usage(suites))
  return read
}

async function main(): Promise<number> {
  const wanted = options()
  if (wanted === undefined) return 0
  const startMs = performance.now()
  const results = wanted.from === undefined ? await measureAll(wanted) : readResults(wanted.from)
  if (wanted.json !== undefined) writeFileSync(wanted.json, JSON.stringify(results))
  process.stdout.write(`\n${durationText(performance.now() - startMs)} in all\n`)
  const failed = failedSuites(results)
  if (failed.length === 0) return 0
  process.stderr.write(`failed, and counts for nothing: ${failed.join(', ')}\n`)
  return 1
}

try {
  process.exitCode = await main()
} catch (error) {
  if (!(error instanceof UsageError)) throw error
  process.stderr.write(`${error.message}\n`)
  process.exitCode = 2
}
