import type { HintView } from '../shapes.ts'
import { byId, element, say } from './element.ts'
import { bulb } from './states.ts'

/** How a phone's lamp for an extension state is drawn, by Asterisk's number of it. */
const pictures: Readonly<Record<number, string>> = {
  0: 'NOT_INUSE',
  1: 'INUSE',
  2: 'BUSY',
  4: 'UNAVAILABLE',
  8: 'RINGING',
  9: 'RINGINUSE',
  16: 'ONHOLD',
}

let shown = ''

/** Extensions, and what a phone that watches them sees. */
export function showHints(hints: readonly HintView[], explain: (device: string) => void): void {
  const text = JSON.stringify(hints)
  if (text === shown) return
  shown = text
  say(byId('hint-count'), hints.length === 0 ? '' : String(hints.length))
  const rows = hints.map(({ extension, devices, state, code, watchers }) => {
    const names = devices.map(({ name }) => name).join(' & ')
    const what = element(
      'p',
      { class: 'fill', title: names },
      element('b', {}, extension),
      ' ',
      element('small', {}, names),
    )
    const watched = element('small', {}, `${state}${watchers > 1 ? `, ${watchers} watch` : ''}`)
    const [first] = devices
    const picture = element(
      'button',
      { type: 'button', class: 'icon', 'aria-label': `Explain ${extension}` },
      bulb(pictures[code] ?? 'UNKNOWN'),
    )
    if (first !== undefined) picture.addEventListener('click', () => explain(first.name))
    return element('li', {}, picture, what, watched)
  })
  const none = element('li', { class: 'none' }, 'No hint is configured: give them in lampfield.conf under [hints].')
  byId('hint-list').replaceChildren(...(rows.length > 0 ? rows : [none]))
}
