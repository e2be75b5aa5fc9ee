import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Results } from './result.ts'
import { linesOf, suitesInShort } from './short.ts'

export const readmeFile: string = join(import.meta.dirname, '..', 'README.md')

/** Between these lines README.md is written by `npm run bench -- --readme`. */
export const markers = {
  begin: '<!-- written by `npm run bench -- --readme` -->',
  end: '<!-- end of what it writes -->',
} as const

/** The plots that README.md shows, where `--plots` has written them, each with what it is for those who do not see it. */
export const shownPlots: Readonly<Record<string, string>> = {
  convergence: "One change until it is in every node's cluster state, over the number of nodes",
  'growth-heap': 'Heap over the length of history, beside a plain shared Y.Map',
}

export const plotsDirectory: string = join(import.meta.dirname, 'plots')

/** The figures of a run as README.md shows them, markers included. */
export function measuredSection(results: Results): string {
  const { machine, software, startedAt } = results
  const rows = linesOf(results).map(({ what, figure }) => [what, figure] as const)
  const width = Math.max(8, ...rows.map(([what]) => what.length))
  const figureWidth = Math.max(6, ...rows.map(([, figure]) => figure.length))
  const row = (what: string, figure: string): string => `| ${what.padEnd(width)} | ${figure.padEnd(figureWidth)} |`
  return [
    markers.begin,
    '',
    row('measured', 'figure'),
    row('-'.repeat(width), '-'.repeat(figureWidth)),
    ...rows.map(([what, figure]) => row(what, figure)),
    '',
    `${machine.cpu}, ${machine.cores} cores for all nodes together, Node ${machine.node}, load before ${machine.loadBefore.toFixed(1)},`,
    `revision ${software.revision}, ${startedAt.slice(0, 10)}.`,
    '',
    ...plotLines(),
    markers.end,
  ].join('\n')
}

function plotLines(): string[] {
  const written = Object.entries(shownPlots).filter(([name]) => existsSync(join(plotsDirectory, `${name}.svg`)))
  return written.flatMap(([name, title]) => [`![${title}](bench/plots/${name}.svg)`, ''])
}

/** Puts the figures of a run in the place of those that stand in README.md. */
export function updateReadme(results: Results, file: string): void {
  const measured = results.suites.filter(({ status }) => status === 'measured').map(({ name }) => name)
  const missing = suitesInShort().filter((name) => !measured.includes(name))
  if (missing.length > 0) throw new Error(`README.md stays as it is: not measured: ${missing.join(', ')}`)
  const text = readFileSync(file, 'utf8')
  const [begin, end] = [text.indexOf(markers.begin), text.indexOf(markers.end)]
  if (begin < 0 || end < begin) throw new Error(`README.md has no "${markers.begin}" before "${markers.end}"`)
  const after = text.slice(end + markers.end.length)
  writeFileSync(file, text.slice(0, begin) + measuredSection(results) + after)
}
