import { byId, element, say } from './element.ts'
import { bulb, states, wordOf } from './states.ts'

interface Chip {
  readonly button: HTMLButtonElement
  readonly count: HTMLElement
}

/** How many lamps there are of each state; choosing one shows only those. */
export class Legend {
  readonly #counts = new Map<string, number>()
  readonly #chips = new Map<string, Chip>()
  readonly #onChoice: () => void
  #chosen: string | undefined

  constructor(onChoice: () => void) {
    this.#onChoice = onChoice
    for (const state of states) {
      const count = element('b')
      const attributes = { type: 'button', class: 'chip', 'data-s': state, 'aria-pressed': 'false' }
      const button = element('button', attributes, bulb(state), element('span', {}, wordOf(state)), count)
      button.hidden = true
      button.addEventListener('click', () => this.#choose(this.#chosen === state ? undefined : state))
      this.#chips.set(state, { button, count })
      byId('legend').append(button)
    }
  }

  /** The state to which the field is narrowed. */
  get chosen(): string | undefined {
    return this.#chosen
  }

  add(state: string, amount: number): void {
    this.#counts.set(state, this.countOf(state) + amount)
  }

  countOf(state: string): number {
    return this.#counts.get(state) ?? 0
  }

  draw(): void {
    for (const [state, { button, count }] of this.#chips) {
      const number = this.countOf(state)
      say(count, number.toLocaleString())
      const hidden = number === 0 && this.#chosen !== state
      if (button.hidden !== hidden) button.hidden = hidden
    }
  }

  #choose(state: string | undefined): void {
    this.#chosen = state
    for (const [of, { button }] of this.#chips) button.setAttribute('aria-pressed', String(of === state))
    this.draw()
    this.#onChoice()
  }
}
