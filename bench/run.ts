import { writeFileSync } from 'node:fs'
import { cpus, totalmem } from 'node:os'
import { parseArgs } from 'node:util'
import { growth } from './growth.ts'
import type { Row, Suite, SuiteRun } from './suite.ts'

const suites: readonly Suite[] = [growth]

const usage = `npm run bench -- [--suite NAMES] [--quick] [--json FILE]

Suites: ${suites.map(({ name, about }) => `\n  ${name.padEnd(12)} ${about}`).join('')}
`

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      suite: { type: 'string' },
      quick: { type: 'boolean', default: false },
      json: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) {
    process.stdout.write(usage)
    return 0
  }
  const names = values.suite?.split(',') ?? suites.map(({ name }) => name)
  const unknown = names.filter((name) => !suites.some((suite) => suite.name === name))
  if (unknown.length > 0) {
    process.stderr.write(`there is no suite ${unknown.join(', ')}\n${usage}`)
    return 2
  }
  const machine = {
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: cpus().length,
    memoryGB: Math.round(totalmem() / 1e9),
    node: process.version,
  }
  process.stdout.write(`${machine.cpu}, ${machine.cores} cores, ${machine.memoryGB} GB, Node ${machine.node}\n`)
  const results: Record<string, Row[]> = {}
  for (const suite of suites) {
    if (!names.includes(suite.name)) continue
    process.stdout.write(`\n${suite.name}: ${suite.about}\n`)
    const rows = await suite.run({ isQuick: values.quick, progress: progressOf(suite.name) })
    results[suite.name] = rows
    process.stdout.write(table(rows))
  }
  if (values.json !== undefined) writeFileSync(values.json, JSON.stringify({ machine, results }, undefined, 2))
  return 0
}

/** A line that tells how long it will still take, on a terminal only. */
function progressOf(name: string): SuiteRun['progress'] {
  const startMs = performance.now()
  return async (done) => {
    if (process.stderr.isTTY) {
      const restSeconds = ((performance.now() - startMs) / 1000) * (1 / Math.max(done, 0.001) - 1)
      process.stderr.write(
        `\r${name}: ${Math.round(done * 100)} %, ${Math.round(restSeconds)} s to go \x1b[K${done >= 1 ? '\r\x1b[K' : ''}`,
      )
    }
    await new Promise((resolve) => {
      setImmediate(resolve)
    })
  }
}

function table(rows: readonly Row[]): string {
  const columns = Object.keys(rows[0] ?? {})
  const lines = [columns, ...rows.map((row) => columns.map((column) => String(row[column])))]
  const widths = columns.map((_, at) => Math.max(...lines.map((line) => line[at]?.length ?? 0)))
  return lines.map((line) => `  ${line.map((cell, at) => cell.padStart(widths[at] ?? 0)).join('  ')}\n`).join('')
}

process.exitCode = await main()
