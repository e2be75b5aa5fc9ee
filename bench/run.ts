import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { baselinesFile, compare, readBaselines, updateBaseline } from './baseline.ts'
import { readOptions, usage, UsageError, type Options } from './options.ts'
import { durationText } from './progress.ts'
import { plotsDirectory, shownPlots, updateReadmes } from './readme.ts'
import type { Results } from './result.ts'
import { failedSuites, measureAll, readResults } from './session.ts'
import { summaryTables } from './short.ts'
import { suites } from './suites.ts'
import { tableText } from './table.ts'

const out = (text: string): void => void process.stdout.write(text)

async function main(): Promise<number> {
  const options = readOptions(process.argv.slice(2), suites)
  if (options === undefined) {
    out(usage(suites))
    return 0
  }
  const startMs = performance.now()
  const results = options.from === undefined ? await measureAll(options) : readResults(options.from)
  for (const table of summaryTables(results)) out(`\n${tableText(table)}`)
  if (options.json !== undefined) writeFileSync(options.json, JSON.stringify(results))
  await draw(options, results)
  const grown = judge(options, results)
  out(`\n${durationText(performance.now() - startMs)} in all\n`)
  const failed = failedSuites(results)
  if (failed.length > 0) process.stderr.write(`failed, and counts for nothing: ${failed.join(', ')}\n`)
  for (const sentence of grown) process.stderr.write(`grown: ${sentence}\n`)
  return failed.length + grown.length === 0 ? 0 : 1
}

/** The chart library is loaded only where something is drawn. */
async function draw({ report, plots }: Options, results: Results): Promise<void> {
  if (report !== undefined) {
    const { pageOf } = await import('./report/page.ts')
    writeFileSync(report, pageOf(results))
  }
  if (!plots) return
  const [{ svgFileOf }, { allPlots }] = await Promise.all([import('./report/chart.ts'), import('./report/plots.ts')])
  mkdirSync(plotsDirectory, { recursive: true })
  for (const { name, chart } of allPlots(results.suites)) {
    // The others are in the report.
    if (name in shownPlots) writeFileSync(join(plotsDirectory, `${name}.svg`), svgFileOf(chart))
  }
}

/** What has grown over the baseline, as sentences. */
function judge({ baseline, readme }: Options, results: Results): readonly string[] {
  if (readme) updateReadmes(results)
  if (baseline === 'update') updateBaseline(results, baselinesFile)
  if (baseline !== 'compare') return []
  const { grown, said } = compare(results, readBaselines(baselinesFile))
  out(`\n${said.map((sentence) => `  ${sentence}\n`).join('')}`)
  return grown
}

try {
  process.exitCode = await main()
} catch (error) {
  if (!(error instanceof UsageError)) throw error
  process.stderr.write(`${error.message}\n`)
  process.exitCode = 2
}
