import { init } from 'echarts'

/** A line of points, or one colour of bars. */
export interface Trace {
  readonly name: string
  readonly points: readonly (readonly [x: number, y: number])[]
  /** A thin or broken line for what is only there to compare with. */
  readonly style?: 'solid' | 'dashed' | 'dotted'
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

/** Bars side by side: one group for each category, one bar in it for each trace. */
export interface BarChart {
  readonly kind: 'bars'
  readonly title: string
  readonly categories: readonly string[]
  readonly y: Axis
  readonly traces: readonly { readonly name: string; readonly values: readonly number[] }[]
}

export type Chart = LineChart | BarChart

/** Pixels; a report's column and a README are about as wide. */
const size = { width: 720, height: 380 }

/** A chart as SVG text that needs nothing else: no script, no font and no network. */
export function svgOf(chart: Chart): string {
  const canvas = init(null, null, { renderer: 'svg', ssr: true, ...size })
  try {
    canvas.setOption({
      animation: false,
      backgroundColor: '#ffffff',
      textStyle: { fontFamily: 'sans-serif' },
      title: { text: chart.title, left: 'center', textStyle: { fontSize: 15 } },
      legend: { bottom: 0, type: 'plain' },
      grid: { left: 70, right: 30, top: 50, bottom: 90 },
      yAxis: axisOption(chart.y, 50),
      ...(chart.kind === 'lines' ? linesOption(chart) : barsOption(chart)),
    })
    return canvas.renderToSVGString()
  } finally {
    canvas.dispose()
  }
}

function linesOption({ x, traces }: LineChart): object {
  return {
    xAxis: axisOption(x, 28),
    series: traces.map(({ name, points, style = 'solid' }) => {
      // Some thousand points of a distribution are a line; a few are to be seen one by one.
      return { type: 'line', name, data: points, showSymbol: points.length <= 12, lineStyle: { width: 2, type: style } }
    }),
  }
}

function barsOption({ categories, traces }: BarChart): object {
  return {
    xAxis: { type: 'category', data: categories, axisTick: { show: false } },
    series: traces.map(({ name, values }) => {
      const label = { show: categories.length * traces.length <= 20, position: 'top', formatter: short }
      return { type: 'bar', name, data: values, label }
    }),
  }
}

const short = ({ value }: { readonly value: unknown }): string => {
  return typeof value === 'number' ? String(Number(value.toPrecision(3))) : ''
}

function axisOption({ name, isLog = false }: Axis, nameGap: number): object {
  return { type: isLog ? 'log' : 'value', name, nameLocation: 'middle', nameGap, min: isLog ? 'dataMin' : 0 }
}
