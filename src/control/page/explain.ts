import type { EntryView, Explanation } from '../../node/views.ts'
import { askExplanation } from './ask.ts'
import { controlById, element } from './element.ts'
import { bulb, stateOf, wordOf } from './states.ts'
import { span } from './times.ts'

/** What a lamp is made of: who says what, what counts, and which rule decided. */
export class ExplainDialog {
  readonly #dialog = controlById('explain', HTMLDialogElement)
  readonly #change: (device: string) => void
  #key: string | undefined
  #asked = 0

  /** `change` is called when the person wants to set the device. */
  constructor(change: (device: string) => void) {
    this.#change = change
    this.#dialog.addEventListener('close', () => {
      this.#key = undefined
    })
    // A click beside the sheet lands on the dialog itself.
    this.#dialog.addEventListener('click', ({ target }) => {
      if (target === this.#dialog) this.#dialog.close()
    })
  }

  async show(key: string): Promise<void> {
    this.#key = key
    await this.#load(key)
    if (this.#key === key && !this.#dialog.open) this.#dialog.showModal()
  }

  /** The lamp that is shown has changed. */
  changed(key: string): void {
    if (key === this.#key && this.#dialog.open) void this.#load(key)
  }

  async #load(key: string): Promise<void> {
    this.#asked += 1
    const number = this.#asked
    const content = await askExplanation(key).then(
      (explanation) => this.#sheet(explanation),
      (error: unknown) =>
        element(
          'div',
          { class: 'sheet' },
          this.#head(key, undefined),
          element('p', { class: 'rule' }, (error as Error).message),
        ),
    )
    if (number === this.#asked && this.#key === key) this.#dialog.replaceChildren(content)
  }

  #sheet({ key, value, entries, rule }: Explanation): HTMLElement {
    const sheet = element('div', { class: 'sheet' }, this.#head(key, value), element('p', { class: 'rule' }, rule))
    for (const entry of entries) sheet.append(said(entry))
    if (!key.startsWith('Custom:')) return sheet
    const button = element('button', { type: 'button', class: 'main' }, 'Set this state')
    button.addEventListener('click', () => {
      this.#dialog.close()
      this.#change(key)
    })
    sheet.append(element('div', { class: 'set' }, element('div', { class: 'buttons' }, button)))
    return sheet
  }

  #head(key: string, value: unknown): HTMLElement {
    const close = element('button', { type: 'button', class: 'icon', 'aria-label': 'Close' }, '✕')
    close.addEventListener('click', () => this.#dialog.close())
    const word = value === null || value === undefined ? 'Nobody alive says anything of it' : wordOf(value)
    const title = element('div', {}, element('h3', { id: 'explain-title' }, key), element('p', {}, word))
    const state = stateOf(value)
    return element('header', {}, element('span', { class: 'big', 'data-s': state }, bulb(state)), title, close)
  }
}

function said({ name, entity, value, sinceMs, status, counted, why }: EntryView): HTMLElement {
  const ago = span(Math.max(1000, Math.floor((Date.now() - sinceMs) / 1000) * 1000))
  return element(
    'div',
    { class: 'said', 'data-counts': String(counted), title: `${entity}, ${status}` },
    bulb(value),
    element('b', {}, name),
    element('span', { class: 'word' }, wordOf(value)),
    element('small', {}, `${why} · said ${ago} ago`),
  )
}
