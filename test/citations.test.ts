import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'

const root = join(import.meta.dirname, '..')
const documents = ['README.md', 'bench/README.md', 'src/protocol/PROTOCOL.md', 'src/cli/JSON.md']

/** What `npm run bench` writes on a quiet machine: it is cited where one is told how. */
const writtenByBench: ReadonlySet<string> = new Set(['bench/baselines.json', 'bench/plots/'])

const textOf = (document: string): string => readFileSync(join(root, document), 'utf8')

/** Paths of this repository that a text cites; of a pattern the part before its first star. */
function pathsIn(text: string): string[] {
  const cited = text.matchAll(/(?<![\w./-])(?:src|test|bench)\/[\w./-]*/g)
  return [...new Set([...cited].map(([path]) => path.replace(/[.]+$/, '')))]
}

describe('what the documents cite', () => {
  test('a citation is found as it stands', () => {
    expect(pathsIn('see `src/node/core.ts`, bench/plots/*.svg and test/live/. Not dist/src/x.')).toEqual([
      'src/node/core.ts',
      'bench/plots/',
      'test/live/',
    ])
  })

  for (const document of documents) {
    test(`${document} cites files that exist`, () => {
      const isMissing = (path: string): boolean => !writtenByBench.has(path) && !existsSync(join(root, path))
      expect(pathsIn(textOf(document)).filter(isMissing)).toEqual([])
    })
  }
})

describe('the invariants of PROTOCOL.md', () => {
  const rows = [...textOf('src/protocol/PROTOCOL.md').matchAll(/^\| (\d+) +\|.*\|(.*)\|$/gm)].map(
    ([, number, shownBy]) => {
      return { number: Number(number), files: pathsIn(shownBy ?? '') }
    },
  )

  test('are ten', () => {
    expect(rows.map(({ number }) => number)).toEqual(Array.from({ length: 10 }, (_, at) => at + 1))
  })

  test.each(rows)('invariant $number is cited by the tests that are said to show it', ({ number, files }) => {
    expect(files).not.toEqual([])
    const numbersIn = (file: string): string[] =>
      [...textOf(file).matchAll(/\binvariants? (\d+(?:(?:, | and | to )\d+)*)/g)].flatMap(([, cited = '']) =>
        cited.split(/\D+/),
      )
    const cites = (file: string): boolean => numbersIn(file).includes(String(number))
    expect(files.filter((file) => !cites(file))).toEqual([])
  })
})
