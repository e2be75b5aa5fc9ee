import { parseArgs } from 'node:util'
import type { Depth, Suite } from './suite.ts'

/** What was asked for. */
export interface Options {
  readonly suites: readonly Suite[]
  readonly depth: Depth
  readonly nodes: readonly number[] | undefined
  readonly runs: number | undefined
  readonly seed: number
  /** What the suites compare with; undefined for everything. */
  readonly peers: readonly string[] | undefined
  readonly json: string | undefined
  readonly report: string | undefined
  /** Files with results of earlier runs, shown in place of measuring. */
  readonly from: readonly string[] | undefined
  readonly plots: boolean
  readonly readme: boolean
  readonly baseline: 'none' | 'compare' | 'update'
  /** Whether nothing was left out: only then a baseline may be written. */
  readonly isWhole: boolean
}

/** Said wrongly: the sentence tells what would be right. */
export class UsageError extends Error {
  override readonly name: string = 'UsageError'
}

/** Processes on one machine. */
const nodesMax = 64

export function usage(suites: readonly Suite[]): string {
  return `npm run bench -- [options]

  --suite NAMES      only these suites, with commas between them; \`all\` for every one
  --nodes COUNTS     node counts in place of the suites' own, as 3,8
  --runs N           runs of each measurement
  --peers NAMES      in \`versus\`: only these beside Lampfield
  --long             all sizes, more runs (an hour and more)
  --tiny             the least that shows whether the suites work
  --seed N           of everything that is left to chance in the simulator
  --json FILE        every raw sample, with machine, versions and method
  --report FILE      an HTML page with plots
  --from FILES       show what such JSON files of one machine hold, and measure nothing
  --plots            write the plots that README.md shows to bench/plots
  --readme           write the figures of README.md and the goals of bench/README.md between their markers
  --baseline         compare ratios with bench/baselines.json; fails where one has grown
  --update-baseline  write them there; whole runs only
  --help

Suites:${suites.map(({ name, about }) => `\n  ${name.padEnd(18)} ${about}`).join('')}

Without --suite all of them run but ${suites
    .filter(({ isExtra }) => isExtra === true)
    .map(({ name }) => name)
    .join(', ')}.
`
}

/** Reads the command line; undefined where help was asked for. */
export function readOptions(args: readonly string[], suites: readonly Suite[]): Options | undefined {
  const values = parsedArgs(args)
  if (values.help) return undefined
  if (values.long && values.tiny) throw new UsageError('--long and --tiny exclude each other')
  if (values.baseline && values['update-baseline']) {
    throw new UsageError('--baseline and --update-baseline exclude each other')
  }
  const { suite, nodes, runs, seed, json, report, from } = values
  const isEverySuite = suite === undefined || suite === 'all'
  const isWhole = isEverySuite && [nodes, runs, from, values.peers].every((one) => one === undefined) && !values.tiny
  if (values['update-baseline'] && !isWhole) {
    throw new UsageError(
      'a baseline is written by a whole run only: leave out --suite, --nodes, --runs, --peers, --tiny and --from',
    )
  }
  const chosen = chosenSuites(suite, suites)
  const mostNodes = Math.min(...chosen.map((one) => one.nodesMax ?? nodesMax))
  return {
    suites: chosen,
    depth: values.long ? 'long' : values.tiny ? 'tiny' : 'overview',
    nodes: nodes?.split(',').map((one) => whole('--nodes', one, 2, mostNodes)),
    runs: runs === undefined ? undefined : whole('--runs', runs, 1, 1000),
    seed: whole('--seed', seed, 0, 2 ** 31 - 1),
    peers: values.peers?.split(',').map((name) => peerNamed(name, chosen)),
    json,
    report,
    from: from?.split(','),
    plots: values.plots,
    readme: values.readme,
    baseline: values['update-baseline'] ? 'update' : values.baseline ? 'compare' : 'none',
    isWhole,
  }
}

interface Given {
  readonly suite?: string | undefined
  readonly nodes?: string | undefined
  readonly runs?: string | undefined
  readonly seed: string
  readonly peers?: string | undefined
  readonly json?: string | undefined
  readonly report?: string | undefined
  readonly from?: string | undefined
  readonly long: boolean
  readonly tiny: boolean
  readonly plots: boolean
  readonly readme: boolean
  readonly baseline: boolean
  readonly 'update-baseline': boolean
  readonly help: boolean
}

function parsedArgs(args: readonly string[]): Given {
  const flag = { type: 'boolean', default: false } as const
  const word = { type: 'string' } as const
  try {
    return parseArgs({
      args: [...args],
      options: {
        suite: word,
        nodes: word,
        runs: word,
        seed: { type: 'string', default: '1' },
        peers: word,
        json: word,
        report: word,
        from: word,
        long: flag,
        tiny: flag,
        plots: flag,
        readme: flag,
        baseline: flag,
        'update-baseline': flag,
        help: flag,
      },
    }).values
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error))
  }
}

function chosenSuites(given: string | undefined, suites: readonly Suite[]): readonly Suite[] {
  if (given === undefined) return suites.filter(({ isExtra }) => isExtra !== true)
  return given === 'all' ? suites : given.split(',').map((name) => named(name, suites))
}

function named(name: string, suites: readonly Suite[]): Suite {
  const found = suites.find((suite) => suite.name === name)
  if (found !== undefined) return found
  throw new UsageError(`there is no suite "${name}": there are ${suites.map((suite) => suite.name).join(', ')}`)
}

function peerNamed(name: string, suites: readonly Suite[]): string {
  const known = suites.flatMap(({ peers }) => peers ?? [])
  if (known.length === 0) throw new UsageError('--peers belongs to --suite versus')
  if (known.includes(name)) return name
  throw new UsageError(`there is no peer "${name}": there are ${known.join(', ')}`)
}

function whole(option: string, given: string, least: number, most: number): number {
  const value = Number(given)
  if (/^\d+$/.test(given) && value >= least && value <= most) return value
  throw new UsageError(`${option} is "${given}": a whole number from ${least} to ${most} is wanted`)
}
