import { median, ratio, spread, summary, text } from '../statistics.ts'
import type { Outcome, Row, Series } from '../suite.ts'
import type { Peer } from './peer.ts'
import type { Finding } from './finding.ts'

/** One product's findings, by round; undefined where that round failed. */
export interface Account {
  readonly peer: Peer
  readonly version: string
  readonly rounds: readonly (Finding | undefined)[]
}

/** A number for each thing that is measured, round by round; no samples where there are none. */
interface Measure {
  readonly name: string
  readonly unit: string
  /** Whether it goes into the ratios that are kept, less being better. */
  readonly isLessBetter: boolean
  read(finding: Finding): readonly number[]
}

const known = (value: number | null | undefined): number[] => (value === null || value === undefined ? [] : [value])

const measures: readonly Measure[] = [
  { name: 'change', unit: 'ms', isLessBetter: true, read: ({ changeMs }) => changeMs },
  { name: 'changes_per_s', unit: '1/s', isLessBetter: false, read: ({ stormPerSecond }) => known(stormPerSecond) },
  { name: 'death', unit: 'ms', isLessBetter: true, read: ({ deathMs }) => known(deathMs) },
  { name: 'silence', unit: 'ms', isLessBetter: true, read: ({ silenceMs }) => known(silenceMs) },
  { name: 'heal', unit: 'ms', isLessBetter: true, read: ({ healMs }) => known(healMs) },
  {
    name: 'memory',
    unit: 'B',
    isLessBetter: true,
    read: ({ participantBytes, daemonBytes }) => [participantBytes + daemonBytes],
  },
  { name: 'memory_of_daemons', unit: 'B', isLessBetter: true, read: ({ daemonBytes }) => [daemonBytes] },
  { name: 'bytes_alone', unit: 'B', isLessBetter: true, read: ({ bytesPerChange }) => known(bytesPerChange) },
  { name: 'bytes_in_storm', unit: 'B', isLessBetter: true, read: (finding) => known(finding.bytesPerChangeInStorm) },
]

export function tables(records: readonly Account[], unable: readonly Row[]): Outcome['tables'] {
  const own = records.find(({ peer }) => peer === records[0]?.peer)
  return [
    {
      title: "times Lampfield's figure, round by round (median); more is better in changes_per_s, less in all others",
      rows: own === undefined ? [] : records.slice(1).map((record) => ratioRow(record, own)),
    },
    { title: 'changes, one at a time: milliseconds until both others have it', rows: records.map(changeRow) },
    { title: 'everybody writes at once: converged changes a second', rows: records.map(stormRow) },
    { title: 'milliseconds until both others know, and until all hold all after a cut', rows: records.map(faultRow) },
    { title: 'memory in MB, and bytes on the wire for each change', rows: records.map(costRow) },
    { title: 'what they are', rows: records.map(aboutRow) },
    ...(unable.length === 0 ? [] : [{ title: 'not measured', rows: unable }]),
  ]
}

export function series(records: readonly Account[]): Series[] {
  return records.flatMap((record) =>
    measures.map(({ name, unit, read }) => ({
      metric: name,
      unit,
      case: { peer: record.peer.name },
      runs: runsOf(record, read),
    })),
  )
}

/** Lampfield's figure in those of each other one, where less is better. */
export function ratios(records: readonly Account[]): Readonly<{ [name: string]: number }> {
  const [own, ...others] = records
  if (own === undefined) return {}
  const found = others.flatMap((other) =>
    measures.flatMap(({ name, isLessBetter, read }): [string, number][] => {
      const value = compared(own, other, read)
      return isLessBetter && Number.isFinite(value) ? [[`${name}_to_${other.peer.name}`, value]] : []
    }),
  )
  return Object.fromEntries(found)
}

/** Only rounds in which both were measured are compared. */
function compared(above: Account, below: Account, read: Measure['read']): number {
  const pairs = above.rounds.flatMap((one, at) => {
    const other = below.rounds[at]
    if (one === undefined || other === undefined) return []
    const [a, b] = [read(one), read(other)]
    return a.length === 0 || b.length === 0 ? [] : [[a, b] as const]
  })
  return ratio(
    pairs.map(([a]) => a),
    pairs.map(([, b]) => b),
  )
}

const runsOf = ({ rounds }: Account, read: Measure['read']): (readonly number[])[] =>
  rounds.map((finding) => (finding === undefined ? [] : read(finding)))

function ratioRow(record: Account, own: Account): Row {
  const cells = measures.map(({ name, read }) => [name, text(compared(record, own, read))] as const)
  return { peer: record.peer.name, ...Object.fromEntries(cells) }
}

function changeRow(record: Account): Row {
  const found = summary(runsOf(record, ({ changeMs }) => changeMs))
  return {
    peer: record.peer.name,
    p50: spread(found),
    p95: text(found.p95),
    p99: text(found.p99),
    changes: found.count,
    lost: total(record, ({ changesLost }) => changesLost),
  }
}

function stormRow(record: Account): Row {
  const rates = runsOf(record, ({ stormPerSecond }) => known(stormPerSecond))
  return {
    peer: record.peer.name,
    changes: findings(record)[0]?.storm ?? '-',
    per_s: rates.some((run) => run.length > 0) ? spread(summary(rates)) : 'never',
    copies_lost: total(record, ({ stormLost }) => stormLost),
  }
}

function faultRow(record: Account): Row {
  return {
    peer: record.peer.name,
    killed: record.peer.presence === undefined ? 'never: no such notion' : waited(record, ({ deathMs }) => deathMs),
    silent: record.peer.presence === undefined ? 'never: no such notion' : waited(record, ({ silenceMs }) => silenceMs),
    healed: waited(record, ({ healMs }) => healMs),
    copies_lost: total(record, ({ healLost }) => healLost),
  }
}

function costRow(record: Account): Row {
  const MB = (read: (finding: Finding) => number): string =>
    text(median(findings(record).map((finding) => read(finding) / 1e6)))
  const bytes = (read: (finding: Finding) => number | undefined): string =>
    text(median(findings(record).flatMap((finding) => known(read(finding)))))
  return {
    peer: record.peer.name,
    participants: MB(({ participantBytes }) => participantBytes),
    daemons: MB(({ daemonBytes }) => daemonBytes),
    bytes_alone: bytes(({ bytesPerChange }) => bytesPerChange),
    bytes_in_storm: bytes(({ bytesPerChangeInStorm }) => bytesPerChangeInStorm),
  }
}

function aboutRow({ peer, version, rounds }: Account): Row {
  return {
    peer: peer.name,
    version,
    about: peer.about,
    broker: peer.broker ?? 'none',
    presence: peer.presence ?? 'none',
    rounds: findings({ peer, version, rounds }).length,
  }
}

/** The times that were known, and how often the limit was reached before. */
function waited(record: Account, read: (finding: Finding) => number | null | undefined): string {
  const tried = findings(record)
    .map(read)
    .filter((value) => value !== undefined)
  const times = tried.flatMap(known)
  const missed = tried.length - times.length
  if (tried.length === 0) return '-'
  if (times.length === 0) return 'not within the limit'
  return spread(summary(times.map((ms) => [ms]))) + (missed === 0 ? '' : `, ${missed} x not within the limit`)
}

const findings = ({ rounds }: Account): Finding[] => rounds.filter((finding) => finding !== undefined)

const total = (record: Account, read: (finding: Finding) => number): number =>
  findings(record).reduce((sum, finding) => sum + read(finding), 0)
