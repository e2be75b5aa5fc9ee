import { printable } from './text.ts'
import { paint, type Colour, type Terminal } from './terminal.ts'

export interface Column<Row> {
  readonly title: string
  readonly text: (row: Row) => string
  /** Numbers stand at the right of their column. */
  readonly right?: boolean
  readonly colour?: (row: Row) => Colour | undefined
}

const gap = '  '

/** Writes rows in aligned columns under their titles. */
export function writeTable<Row>(
  terminal: Pick<Terminal, 'colour' | 'out'>,
  columns: readonly Column<Row>[],
  rows: readonly Row[],
): void {
  const widths = columns.map(({ title, text }) =>
    rows.reduce((width, row) => Math.max(width, printable(text(row)).length), title.length),
  )
  const line = (cells: readonly string[], colours: readonly (Colour | undefined)[]): string => {
    const parts = cells.map((cell, at) => {
      const padding = ' '.repeat((widths[at] ?? 0) - printable(cell).length)
      const painted = paint(terminal, colours[at], cell)
      if (columns[at]?.right === true) return padding + painted
      return at === columns.length - 1 ? painted : painted + padding
    })
    return parts.join(gap).trimEnd()
  }
  const titles = columns.map(({ title }) => title)
  terminal.out(
    line(
      titles,
      titles.map(() => 'dim'),
    ),
  )
  for (const row of rows) {
    terminal.out(
      line(
        columns.map(({ text }) => text(row)),
        columns.map(({ colour }) => colour?.(row)),
      ),
    )
  }
}
