import type { StreamedEvent } from '../shapes.ts'
import { byId, element, say } from './element.ts'
import { wordOf } from './states.ts'
import { clockTime } from './times.ts'

/** Lines that are kept and shown; what is older is told by `lampfield watch` and the log. */
const linesMax = 80

/** The list is drawn anew this often at most: faster nobody can read. */
const drawEveryMs = 250

/** Over how long the rate is told. */
const rateWindowMs = 3000

/** What happens, newest first. */
export class Feed {
  readonly #list = byId('feed-list')
  readonly #pause = byId('pause')
  #waiting: StreamedEvent[] = []
  #count = 0
  #counted = 0
  #isPaused = false
  #drawnMs = 0
  #rateMs = 0

  constructor() {
    this.#pause.addEventListener('click', () => {
      this.#isPaused = !this.#isPaused
      this.#pause.setAttribute('aria-pressed', String(this.#isPaused))
      say(this.#pause, this.#isPaused ? 'Go on' : 'Pause')
    })
  }

  add(event: StreamedEvent): void {
    this.#count += 1
    this.#waiting.push(event)
    if (this.#waiting.length > 2 * linesMax) this.#waiting = this.#waiting.slice(-linesMax)
  }

  draw(nowMs: number): void {
    if (nowMs - this.#rateMs >= rateWindowMs) {
      const rate = ((this.#count - this.#counted) * 1000) / (nowMs - this.#rateMs)
      say(byId('rate'), rate === 0 ? '' : `${rate < 10 ? rate.toFixed(1) : Math.round(rate).toLocaleString()} a second`)
      this.#counted = this.#count
      this.#rateMs = nowMs
    }
    if (this.#isPaused || this.#waiting.length === 0 || nowMs - this.#drawnMs < drawEveryMs) return
    this.#drawnMs = nowMs
    const lines = this.#waiting.slice(-linesMax).map(lineOf).reverse()
    this.#waiting = []
    this.#list.prepend(...lines)
    while (this.#list.children.length > linesMax) this.#list.lastElementChild?.remove()
  }
}

function lineOf(event: StreamedEvent): HTMLElement {
  const time = element('time', { datetime: event.timestamp }, clockTime(event.timestamp))
  return element('li', { 'data-tone': toneOf(event) }, time, sentenceOf(event))
}

function toneOf(event: StreamedEvent): string | undefined {
  if (event.type === 'alarm') return event.phase === 'over' ? 'good' : 'bad'
  if (event.type !== 'member') return undefined
  return event.to === 'alive' ? 'good' : 'bad'
}

function sentenceOf(event: StreamedEvent): HTMLElement {
  switch (event.type) {
    case 'member':
      return element(
        'p',
        {},
        element('b', {}, event.name),
        ` is ${memberWord(event.to)}${event.restarted ? ', restarted' : ''}`,
      )
    case 'alarm':
      return element('p', {}, event.sentence)
    case 'change':
      return element(
        'p',
        {},
        element('b', {}, event.key),
        ` ${valueWord(event.after)} `,
        element('small', {}, `by ${event.byName ?? event.by}`),
      )
    case 'entry':
      return element('p', {}, event.key)
  }
}

export const memberWord = (to: string): string => (to === 'down' ? 'out of sight' : to)

function valueWord(value: unknown): string {
  if (value === null || value === undefined) return 'has no state any more'
  if (typeof value !== 'object') return wordOf(value)
  const { newMessages = 0, oldMessages = 0 } = value as { newMessages?: number; oldMessages?: number }
  return `${newMessages} new, ${oldMessages} old`
}
