import { init } from 'echarts'

/** A line of points, or one colour of bars. */
export interface Trace {
  readonly name: string
  readonly points: readonly (readonly [x: number, y: number])[]
  /** A broken line for what is only there to compare with. */
  readonly style?: 'solid' | 'dashed' | 'dotted'
  /** Which of the colours, from 0; by default its place. */
  readonly colour?: number
}

export interface Axis {
  readonly name: string
  readonly isLog?: boolean
}

export interface LineChart {
  readonly kind: 'lines'
  readonly title: string
  readonly x: Axis
  readonly y: Axis
  readonly traces: readonly Trace[]
}

/** Bars side by side: one group for each category, one bar in it for each trace; no bar where there is no number. */
export interface BarChart {
  readonly kind: 'bars'
  readonly title: string
  readonly categories: readonly string[]
  readonly y: Axis
  readonly traces: readonly { readonly name: string; readonly values: readonly number[] }[]
}

/**
 * A line for each of some names, with a dot at the median and a small one for each run. For what lies too far apart for bars: on a logarithmic
 * axis a bar's length means nothing.
 */
export interface DotChart {
  readonly kind: 'dots'
  readonly title: string
  readonly x: Axis
  /** The first has a colour of its own. */
  readonly dots: readonly { readonly name: string; readonly middle: number; readonly runs: readonly number[] }[]
}

export type Chart = LineChart | BarChart | DotChart

/** Pixels; a report's column and a README are about as wide. */
const size = { width: 760, height: 400 }

/** The colours that follow the reader's scheme, and what the chart library is told in place of them: it takes no variables. */
const schemes = {
  ink: { drawn: '#010101', light: '#1f2328', dark: '#e6edf3' },
  faint: { drawn: '#020202', light: '#d1d9e0', dark: '#3d444d' },
  paper: { drawn: '#030303', light: '#ffffff', dark: '#0d1117' },
} as const

/** Of middle lightness, so that they stand out from either paper; Lampfield is always the first. */
const colours = ['#2f81f7', '#e8702a', '#2da44e', '#bf5af2', '#d4a017', '#e5484d', '#12a5b5', '#8b949e']

/** What gives the colours of an SVG, or of a page with several, their values. */
export const schemeStyle: string = (['light', 'dark'] as const)
  .map((scheme) => {
    const values = Object.entries(schemes).map(([name, colour]) => `--${name}:${colour[scheme]}`)
    const rule = `:root{${values.join(';')}}`
    return scheme === 'light' ? rule : `@media (prefers-color-scheme:dark){${rule}}`
  })
  .join('')

/** A chart as SVG text for a page with `schemeStyle`: no script, no font and no network. */
export function svgOf(chart: Chart): string {
  const height = chart.kind === 'dots' ? 130 + 30 * chart.dots.length : size.height
  const canvas = init(null, null, { renderer: 'svg', ssr: true, ...size, height })
  try {
    canvas.setOption({
      animation: false,
      color: colours,
      backgroundColor: schemes.paper.drawn,
      textStyle: { fontFamily: 'system-ui, sans-serif', color: schemes.ink.drawn },
      title: { text: chart.title, left: 'center', top: 8, textStyle: { fontSize: 15, color: schemes.ink.drawn } },
      ...optionOf(chart),
    })
    return inSchemes(canvas.renderToSVGString())
  } finally {
    canvas.dispose()
  }
}

function optionOf(chart: Chart): object {
  switch (chart.kind) {
    case 'lines':
      return { ...legendOption(chart), ...linesOption(chart) }
    case 'bars':
      return { ...legendOption(chart), ...barsOption(chart) }
    case 'dots':
      return dotsOption(chart)
  }
}

/** The same as a file of its own, on a paper of its own: whatever is around it, it can be read. */
export function svgFileOf(chart: Chart): string {
  return svgOf(chart).replace(/^<svg[^>]*>/, (opening) => `${opening}\n<style>${schemeStyle}</style>`)
}

function inSchemes(svg: string): string {
  return Object.entries(schemes).reduce(
    (text, [name, { drawn, light }]) => text.replaceAll(drawn, `var(--${name},${light})`),
    svg,
  )
}

function legendOption({ traces }: LineChart | BarChart): object {
  if (traces.length < 2) return {}
  // A line's legend shows how it is drawn; a bar's is a square.
  const data = traces.map((trace) => {
    const style = 'style' in trace ? trace.style : undefined
    return { name: trace.name, ...(style === undefined ? {} : { lineStyle: { type: style } }) }
  })
  return {
    legend: {
      bottom: 6,
      type: 'plain',
      selectedMode: false,
      itemGap: 16,
      data,
      textStyle: { color: schemes.ink.drawn },
    },
  }
}

const margins = { left: 72, right: 40, top: 60 }

/** Nothing reacts to a pointer: there is no script that could answer. */
const still = { silent: true, emphasis: { disabled: true } }

function linesOption(chart: LineChart): object {
  const { x, y, traces } = chart
  return {
    grid: { ...margins, bottom: bottomOf(chart) },
    xAxis: axisOption(x, 28),
    yAxis: axisOption(y, 50),
    series: traces.map(({ name, points, style = 'solid', colour }, at) => {
      // Some hundred points of a distribution are a line; a few are to be seen one by one.
      const isFew = points.length <= 12
      const color = colours[colour ?? at]
      const lineStyle = { width: 2, type: style, color }
      return {
        type: 'line',
        ...still,
        name,
        data: points,
        showSymbol: isFew,
        symbol: 'circle',
        symbolSize: 7,
        lineStyle,
        itemStyle: { color },
      }
    }),
  }
}

function barsOption(chart: BarChart): object {
  const { categories, y, traces } = chart
  const isLabelled = categories.length * traces.length <= 20
  return {
    grid: { ...margins, bottom: bottomOf(chart) - 24 },
    xAxis: categoryAxis(categories),
    yAxis: axisOption(y, 50),
    series: traces.map(({ name, values }) => {
      const label = { show: isLabelled, position: 'top', formatter: short, color: schemes.ink.drawn }
      const data = values.map((value) => (Number.isFinite(value) ? value : '-'))
      return { type: 'bar', ...still, name, data, barMaxWidth: 48, label }
    }),
  }
}

function dotsOption({ x, dots }: DotChart): object {
  const colourOf = (at: number): object => ({ color: colours[at === 0 ? 0 : 1] })
  const runs = dots.flatMap((dot, at) => dot.runs.map((run) => ({ value: [run, at], itemStyle: colourOf(at) })))
  const middles = dots.map(({ middle }, at) => ({ value: [middle, at], itemStyle: colourOf(at) }))
  const label = { show: true, position: 'top', distance: 3, formatter: short, color: schemes.ink.drawn }
  return {
    grid: { ...margins, left: 124, bottom: 56 },
    xAxis: axisOption(x, 28),
    yAxis: {
      ...categoryAxis(dots.map(({ name }) => name)),
      inverse: true,
      splitLine: { show: true, lineStyle: { color: schemes.faint.drawn } },
    },
    series: [
      { type: 'scatter', ...still, data: runs, symbolSize: 6, itemStyle: { opacity: 0.6 } },
      { type: 'scatter', ...still, data: middles, symbolSize: 11, itemStyle: { opacity: 1 }, label },
    ],
  }
}

function categoryAxis(names: readonly string[]): object {
  return {
    type: 'category',
    data: names,
    axisTick: { show: false },
    axisLabel: { color: schemes.ink.drawn, interval: 0 },
    axisLine: { lineStyle: { color: schemes.faint.drawn } },
  }
}

/** Room for the axis and as many rows of the legend as it needs, at some seven pixels a letter and forty for the line before it. */
function bottomOf({ traces }: LineChart | BarChart): number {
  const wide = traces.reduce((sum, { name }) => sum + 7 * name.length + 56, 0)
  const rows = traces.length > 1 ? Math.ceil(wide / size.width) : 0
  return 56 + 22 * rows
}

/** A bar's value, or where a dot lies. */
function short({ value }: { readonly value: unknown }): string {
  const number: unknown = Array.isArray(value) ? value[0] : value
  return typeof number === 'number' ? String(Number(number.toPrecision(3))) : ''
}

function axisOption({ name, isLog = false }: Axis, nameGap: number): object {
  return {
    type: isLog ? 'log' : 'value',
    name,
    nameLocation: 'middle',
    nameGap,
    nameTextStyle: { color: schemes.ink.drawn },
    axisLabel: { color: schemes.ink.drawn },
    axisLine: { lineStyle: { color: schemes.faint.drawn } },
    splitLine: { lineStyle: { color: schemes.faint.drawn } },
    // A length that is to be compared begins at zero; on a logarithmic axis there is none.
    ...(isLog ? {} : { min: 0 }),
  }
}
