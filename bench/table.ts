import type { Row, Table } from './suite.ts'

/** A table as text, numbers to the right and words to the left. */
export function tableText({ title, rows }: Table): string {
  const padded = ({ text, width, isWord }: Cell): string => (isWord ? text.padEnd(width) : text.padStart(width))
  const lines = cellsOf(rows).map((line) => `  ${line.map(padded).join('  ').trimEnd()}\n`)
  return `  ${title}\n${lines.join('')}`
}

/** A table as the formatter of this project leaves it. */
export function tableMarkdown(rows: readonly Row[]): string[] {
  // A bar inside of a cell would end it.
  const lines = cellsOf(rows.map((row) => mapped(row, (cell) => cell.replaceAll('|', '\\|'))))
  const rule = (lines[0] ?? []).map(({ width }) => '-'.repeat(width))
  const [head = '', ...body] = lines.map((line) => bars(line.map(({ text, width }) => text.padEnd(width))))
  return [head, bars(rule), ...body]
}

const mapped = (row: Row, change: (cell: string) => string): Row =>
  Object.fromEntries(Object.entries(row).map(([column, cell]) => [column, change(String(cell))]))

const bars = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`

export interface Cell {
  readonly text: string
  /** Whether something in its column is no number. */
  readonly isWord: boolean
  /** Of the column; a rule in Markdown has at least three dashes. */
  readonly width: number
}

/** The names of the columns and what stands in them; a row may lack some. */
export function cellsOf(rows: readonly Row[]): Cell[][] {
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))]
  const lines = [columns, ...rows.map((row) => columns.map((column) => String(row[column] ?? '-')))]
  const widths = columns.map((_, at) => Math.max(3, ...lines.map((line) => line[at]?.length ?? 0)))
  const areWords = columns.map((_, at) => lines.slice(1).some((line) => !/^[-\d]/.test(line[at] ?? '')))
  return lines.map((line) => line.map((text, at) => ({ text, isWord: areWords[at] ?? false, width: widths[at] ?? 0 })))
}
