import type { MemberShape } from '../shapes.ts'
import { drawing } from './element.ts'
import { span } from './times.ts'

/** More members than this are a list only: a drawing of them could not be read. */
const drawnMax = 14

const width = 340
const rowHeight = 42
const selfX = 42
const aliveX = 196
const goneX = 298
const faultX = 248

/** Round trips above this are shown as slow: within a site they are a hundred times shorter. */
const slowMs = 150

/** Who is linked with whom, as this node sees it: those out of sight stand beyond a line. Undefined where there is nothing to draw. */
export function mapOf(members: readonly MemberShape[]): SVGElement | undefined {
  const [self, ...others] = members
  if (self === undefined || others.length === 0 || others.length > drawnMax) return undefined
  const gone = others.filter(({ status }) => status === 'down')
  const here = others.filter(({ status }) => status === 'alive' || status === 'suspect')
  const rows = Math.max(here.length, gone.length, 2)
  const top = gone.length > 0 ? 14 : 0
  const height = top + rows * rowHeight + 8
  const yOf = (index: number, count: number): number => top + ((index + 0.35) * rows * rowHeight) / Math.max(1, count)
  const middle = top + (rows * rowHeight) / 2 - 7
  const label = `${here.length + 1} servers in sight, ${gone.length} out of sight`
  const svg = drawing('svg', { viewBox: `0 0 ${width} ${height}`, role: 'img', 'aria-label': label })
  const reach = gone.length > 0 ? aliveX - 34 : aliveX + 40
  if (gone.length > 0) svg.append(...faultLine(height))
  for (const [index, member] of gone.entries())
    svg.append(...goneMember(member, yOf(index, gone.length) + rowHeight / 3, middle))
  for (const [index, member] of here.entries()) {
    svg.append(...hereMember(member, { x: reach, y: yOf(index, here.length), middle }))
  }
  svg.append(...nodeMark(self, selfX, middle, 'self'))
  return svg
}

function faultLine(height: number): SVGElement[] {
  const attributes = { class: 'fault', x1: String(faultX), x2: String(faultX), y1: '18', y2: String(height - 4) }
  const text = { class: 'fault-name', x: String(faultX), y: '11', 'text-anchor': 'middle' }
  return [drawing('line', attributes), drawing('text', text, 'out of sight')]
}

function goneMember(member: MemberShape, y: number, middle: number): SVGElement[] {
  const attributes = { class: 'gone', x1: String(selfX), y1: String(middle), x2: String(goneX), y2: String(y) }
  return [drawing('line', attributes), ...nodeMark(member, goneX, y, member.status)]
}

interface Place {
  readonly x: number
  readonly y: number
  readonly middle: number
}

function hereMember(member: MemberShape, { x, y, middle }: Place): SVGElement[] {
  const { connected, roundTripMs, status } = member
  const isSlow = roundTripMs !== null && roundTripMs > slowMs
  const kind = connected ? (isSlow || status === 'suspect' ? 'link slow' : 'link') : 'link indirect'
  const line = drawing('line', { class: kind, x1: String(selfX), y1: String(middle), x2: String(x), y2: String(y) })
  const said = connected ? (roundTripMs === null ? '' : span(roundTripMs)) : 'by others'
  const at = { x: String((selfX + x) / 2 + 8), y: String((middle + y) / 2 + 3) }
  const text = drawing('text', { class: 'rtt', 'text-anchor': 'middle', ...at }, said)
  return [line, text, ...nodeMark(member, x, y, status)]
}

function nodeMark({ name }: MemberShape, x: number, y: number, kind: string): SVGElement[] {
  const circle = drawing('circle', { class: `node ${kind}`, cx: String(x), cy: String(y), r: '8' })
  const text = { x: String(x), y: String(y + 22), 'text-anchor': 'middle' }
  return [circle, drawing('text', text, name.length > 14 ? `${name.slice(0, 13)}…` : name)]
}
