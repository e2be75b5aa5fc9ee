import type { Table } from './suite.ts'

/** A table as text, numbers to the right. */
export function tableText({ title, rows }: Table): string {
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))]
  const lines = [columns, ...rows.map((row) => columns.map((column) => String(row[column] ?? '-')))]
  const widths = columns.map((_, at) => Math.max(...lines.map((line) => line[at]?.length ?? 0)))
  const body = lines.map((line) => `  ${line.map((cell, at) => cell.padStart(widths[at] ?? 0)).join('  ')}\n`)
  return `  ${title}\n${body.join('')}`
}
