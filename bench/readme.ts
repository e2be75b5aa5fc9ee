import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { goalsOf } from './goals.ts'
import { UsageError } from './options.ts'
import { productRows } from './products.ts'
import type { Results } from './result.ts'
import { linesOf, suitesInShort } from './short.ts'
import { tableMarkdown } from './table.ts'

const root = join(import.meta.dirname, '..')

export const readmeFile: string = join(root, 'README.md')
export const benchReadmeFile: string = join(import.meta.dirname, 'README.md')

/** Between these lines a README is written by `npm run bench -- --readme`. */
export const markers = {
  begin: '<!-- written by `npm run bench -- --readme` -->',
  end: '<!-- end of what it writes -->',
} as const

/** The plots that README.md shows, where `--plots` has written them, each with what it is for those who do not see it. */
export const shownPlots: Readonly<Record<string, string>> = {
  convergence: "One change until it is in every node's cluster state, over the number of nodes",
  'growth-heap': 'Heap over the length of history, beside a plain shared Y.Map',
  'versus-change': 'One change until both others have it, in Lampfield and in others',
  'versus-death': 'A killed participant, until both others know, in Lampfield and in others',
}

export const plotsDirectory: string = join(import.meta.dirname, 'plots')

/** The figures of a run as README.md shows them. */
export function measuredSection(results: Results): string[] {
  const products = productRows(results)
  return [
    'Medians of several runs, in brackets the least and the greatest of them.',
    '',
    ...tableMarkdown(linesOf(results)),
    '',
    ...(products.length === 0 ? [] : productLines(products)),
    ...plotLines(),
    machineLine(results),
  ]
}

function productLines(products: ReturnType<typeof productRows>): string[] {
  return [
    "The same work by others, three participants each, on the same machine by turns; in brackets how many times Lampfield's figure of the same",
    'round. A dash: there is no such notion, or it did not come within the limit. What each of them promises, and what not, is told in',
    '[`bench/README.md`](bench/README.md#versus).',
    '',
    ...tableMarkdown(products),
    '',
  ]
}

function plotLines(): string[] {
  const written = Object.entries(shownPlots).filter(([name]) => existsSync(join(plotsDirectory, `${name}.svg`)))
  return written.flatMap(([name, title]) => [`![${title}](bench/plots/${name}.svg)`, ''])
}

/** Where and of what the figures are. */
function machineLine({ machine, software, startedAt }: Results): string {
  return (
    `${machine.cpu}, ${machine.cores} cores for all processes together, ${machine.memoryGB} GB, Node ${machine.node}, load before ` +
    `${machine.loadBefore.toFixed(1)}, revision ${software.revision}, ${startedAt.slice(0, 10)}.`
  )
}

const goalsSection = (results: Results): string[] => [...tableMarkdown(goalsOf(results)), '', machineLine(results)]

/** Puts the figures of a run in the place of those that stand in README.md, and its goals in that of those in bench/README.md. */
export function updateReadmes(
  results: Results,
  files: readonly [own: string, bench: string] = [readmeFile, benchReadmeFile],
): void {
  const measured = results.suites.filter(({ status }) => status === 'measured').map(({ name }) => name)
  const missing = suitesInShort().filter((name) => !measured.includes(name))
  if (missing.length > 0) throw new UsageError(`README.md stays as it is: not measured: ${missing.join(', ')}`)
  const sections = [measuredSection(results), goalsSection(results)] as const
  // Both are made before either is written.
  const texts = files.map((file, at) => replaced(file, sections[at] ?? []))
  for (const [at, file] of files.entries()) writeFileSync(file, texts[at] ?? '')
}

/** The text of a file with other lines between its markers. */
function replaced(file: string, lines: readonly string[]): string {
  const text = readFileSync(file, 'utf8')
  const [begin, end] = [text.indexOf(markers.begin), text.indexOf(markers.end)]
  if (begin < 0 || end < begin)
    throw new UsageError(`${relative(root, file)} has no "${markers.begin}" before "${markers.end}"`)
  return [text.slice(0, begin) + markers.begin, '', ...lines, '', text.slice(end)].join('\n')
}
