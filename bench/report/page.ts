import type { Results, SuiteResult } from '../result.ts'
import { text, summary } from '../statistics.ts'
import type { Row, Series, Table } from '../suite.ts'
import { svgOf } from './chart.ts'
import { plotsOf } from './plots.ts'

/** A page with all tables and plots of a run. It holds everything it shows: it can be sent and kept, and asks no network. */
export function pageOf(results: Results): string {
  const { machine, software } = results
  const facts: Readonly<Record<string, string>> = {
    measured: results.startedAt,
    machine: `${machine.cpu}, ${machine.cores} cores, ${machine.memoryGB} GB, load before ${machine.loadBefore.toFixed(2)}`,
    system: `${machine.system}, Node ${machine.node}`,
    Lampfield: `${software.lampfield}, revision ${software.revision}`,
    packages: Object.entries(software.packages)
      .map((pair) => pair.join(' '))
      .join(', '),
    extent: `${results.depth}${results.isWhole ? '' : ', in part'}, seed ${results.seed}`,
  }
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Lampfield, measured</title>
<style>${style}</style>
</head>
<body>
<h1>Lampfield, measured</h1>
<dl>${Object.entries(facts)
    .map(([name, value]) => `<dt>${escaped(name)}</dt><dd>${escaped(value)}</dd>`)
    .join('')}</dl>
<p>${escaped(results.method)}</p>
<nav>${results.suites.map(({ name }) => `<a href="#${escaped(name)}">${escaped(name)}</a>`).join(' ')}</nav>
${results.suites.map(section).join('\n')}
</body>
</html>
`
}

function section(result: SuiteResult): string {
  const head = `<h2 id="${escaped(result.name)}">${escaped(result.name)}</h2>\n<p>${escaped(result.about)}</p>`
  if (result.status !== 'measured') {
    return `<section>${head}<p class="${result.status}">${result.status}: ${escaped(result.reason)}</p></section>`
  }
  return `<section>${head}
${result.tables.map(tableHtml).join('\n')}
${plotsOf(result)
  .map(({ chart }) => `<figure>${svgOf(chart)}</figure>`)
  .join('\n')}
${result.notes.map((note) => `<p class="note">${escaped(note)}</p>`).join('\n')}
<details><summary>every measurement</summary>${tableHtml({ title: '', rows: result.series.map(seriesRow) })}</details>
</section>`
}

function seriesRow({ metric, unit, case: kind, runs }: Series): Row {
  const { p50, p95, p99, low, high, count } = summary(runs)
  const of = Object.entries(kind)
    .map((pair) => pair.join(' '))
    .join(', ')
  const figures = { p50: text(p50), p95: text(p95), p99: text(p99), low: text(low), high: text(high) }
  return { metric, unit, of, ...figures, runs: runs.length, samples: count }
}

function tableHtml({ title, rows }: Table): string {
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))]
  const cells = (tag: 'td' | 'th', texts: readonly string[]): string =>
    `<tr>${texts.map((cell) => `<${tag}>${escaped(cell)}</${tag}>`).join('')}</tr>`
  const body = rows
    .map((row) =>
      cells(
        'td',
        columns.map((column) => String(row[column] ?? '-')),
      ),
    )
    .join('')
  const caption = title === '' ? '' : `<caption>${escaped(title)}</caption>`
  return `<div class="table"><table>${caption}${cells(
    'th',
    columns.map((column) => column.replaceAll('_', ' ')),
  )}${body}</table></div>`
}

function escaped(plain: string): string {
  const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }
  return plain.replaceAll(/[&<>"]/g, (letter) => entities[letter] ?? letter)
}

const style = `
body { font: 15px/1.5 system-ui, sans-serif; color: #1a1a1a; background: #fff; max-width: 60rem; margin: 2rem auto; padding: 0 1rem }
h2 { margin-top: 3rem; border-bottom: 1px solid #ccc }
dl { display: grid; grid-template-columns: max-content auto; gap: 0 1rem } dt { color: #666 } dd { margin: 0 }
.table { overflow-x: auto; margin: 1rem 0 }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: 13px }
caption { text-align: left; font-weight: 600; padding: .3rem 0 }
th, td { padding: .2rem .6rem; text-align: right; white-space: nowrap; border-bottom: 1px solid #eee } th { color: #666; font-weight: 500 }
figure { margin: 1rem 0 } svg { max-width: 100%; height: auto }
.note { color: #666; font-size: 13px; margin: .2rem 0 } .failed { color: #b00 } .skipped { color: #960 }
nav a { margin-right: .8rem }
`
