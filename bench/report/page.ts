import type { Results, SuiteResult } from '../result.ts'
import { text, summary } from '../statistics.ts'
import { summaryTables } from '../short.ts'
import type { Row, Series, Table } from '../suite.ts'
import { cellsOf } from '../table.ts'
import { schemeStyle, svgOf } from './chart.ts'
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
<meta name="color-scheme" content="light dark">
<title>Lampfield, measured</title>
<style>${schemeStyle}${style}</style>
</head>
<body>
<h1>Lampfield, measured</h1>
<dl>${Object.entries(facts)
    .map(([name, value]) => `<dt>${escaped(name)}</dt><dd>${escaped(value)}</dd>`)
    .join('')}</dl>
<p>${escaped(results.method)}</p>
<nav>${results.suites.map(({ name }, at) => `<a href="#${idOf(results, at)}">${escaped(name)}</a>`).join(' ')}</nav>
${summaryTables(results).map(tableHtml).join('\n')}
${results.suites.map((suite, at) => section(suite, idOf(results, at))).join('\n')}
</body>
</html>
`
}

/** A suite may be there several times, from several files. */
function idOf({ suites }: Results, at: number): string {
  const name = suites[at]?.name ?? ''
  const before = suites.slice(0, at).filter((suite) => suite.name === name).length
  return escaped(before === 0 ? name : `${name}-${before + 1}`)
}

function section(result: SuiteResult, id: string): string {
  const head = `<h2 id="${id}">${escaped(result.name)}</h2>\n<p>${escaped(result.about)}</p>`
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
  const lines = cellsOf(rows).map((line, at) => {
    const tag = at === 0 ? 'th' : 'td'
    const cells = line.map(({ text: plain, isWord }) => {
      const shown = at === 0 ? plain.replaceAll('_', ' ') : plain
      return `<${tag}${isWord ? ' class="word"' : ''}>${escaped(shown)}</${tag}>`
    })
    return `<tr>${cells.join('')}</tr>`
  })
  const caption = title === '' ? '' : `<caption>${escaped(title)}</caption>`
  return `<div class="table"><table>${caption}${lines.join('')}</table></div>`
}

function escaped(plain: string): string {
  const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }
  return plain.replaceAll(/[&<>"]/g, (letter) => entities[letter] ?? letter)
}

const style = `
body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); max-width: 62rem; margin: 2rem auto; padding: 0 1rem }
a { color: #2f81f7 } h2 { margin-top: 3rem; border-bottom: 1px solid var(--faint) }
dl { display: grid; grid-template-columns: max-content auto; gap: 0 1rem } dt { opacity: .7 } dd { margin: 0 }
.table { overflow-x: auto; margin: 1rem 0 }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: 13px }
caption { text-align: left; white-space: nowrap; font-weight: 600; padding: .3rem 0 }
th, td { padding: .2rem .6rem; text-align: right; white-space: nowrap; border-bottom: 1px solid var(--faint) } th { opacity: .7; font-weight: 500 }
.word { text-align: left }
figure { margin: 1.5rem 0 } svg { max-width: 100%; height: auto }
.note { opacity: .75; font-size: 13px; margin: .2rem 0 } .failed { color: #e5484d } .skipped { color: #d4a017 }
nav a { margin-right: .8rem } summary { cursor: pointer }
`
