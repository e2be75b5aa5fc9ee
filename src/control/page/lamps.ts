import { Chunks } from './chunks.ts'
import { byId, element, say } from './element.ts'
import { Legend } from './legend.ts'
import { stateOf, wordOf } from './states.ts'
import type { Values } from './values.ts'

export type Grouping = 'kind' | 'server' | 'none'

interface Lamp {
  readonly button: HTMLButtonElement
  readonly word: HTMLElement
  readonly searched: string
  group: string
  state: string
}

interface Group {
  readonly home: HTMLElement
  readonly title: HTMLElement
  readonly count: HTMLElement
  readonly chunks: Chunks
  /** Lamps of it that the search and the chosen state leave in sight. */
  shown: number
}

/** Lamps that are made or changed in one go; the rest waits for the next frame. */
const atOnce = 400

/** Lamps that ring above which they no longer pulse: a field full of movement shows nothing, and costs much. */
const pulsingMax = 24

/** Lamps that a search leaves, up to which they stand side by side across chunks; more are laid out chunk by chunk, for speed. */
const fewMax = 2000

/** Changes in one frame above which colours change at once instead of fading. */
const calmMax = 6

/** The lamp field: one button a device, in groups. Only what changed is touched. */
export class Lamps {
  readonly #values: Values
  readonly #nameOf: (entity: string) => string
  readonly #field = byId('field')
  readonly #lamps = new Map<string, Lamp>()
  readonly #groups = new Map<string, Group>()
  readonly #legend: Legend
  #grouping: Grouping = 'kind'
  #sought = ''
  #filterDirty = false

  constructor(values: Values, nameOf: (entity: string) => string) {
    this.#values = values
    this.#nameOf = nameOf
    this.#legend = new Legend(() => this.#filter())
  }

  /** Draws some of what changed; true where more waits. */
  draw(): boolean {
    const keys = this.#values.take(atOnce)
    // Colours that fade would never come to rest in a storm, and cost more than all else together.
    this.#field.classList.toggle('storm', keys.length > calmMax)
    for (const key of keys) this.#place(key)
    this.#field.classList.toggle(
      'calm',
      this.#legend.countOf('RINGING') + this.#legend.countOf('RINGINUSE') > pulsingMax,
    )
    this.#legend.draw()
    this.#sayCounts()
    return this.#values.hasChanges
  }

  search(text: string): void {
    this.#sought = text.trim().toLowerCase()
    this.#filter()
  }

  set grouping(grouping: Grouping) {
    this.#grouping = grouping
    this.regroup()
  }

  /** Puts every lamp into its group anew: the groups are others, or are called otherwise. */
  regroup(): void {
    for (const group of this.#groups.values()) group.home.remove()
    this.#groups.clear()
    for (const [key, lamp] of [...this.#lamps].sort(([a], [b]) => (a < b ? -1 : 1))) {
      lamp.group = this.#groupOf(key)
      this.#join(key, lamp)
    }
    this.#filter()
  }

  #place(key: string): void {
    const known = this.#values.get(key)
    const lamp = this.#lamps.get(key)
    if (known === undefined) {
      if (lamp !== undefined) this.#remove(key, lamp)
      return
    }
    const state = stateOf(known.value)
    if (lamp === undefined) this.#make(key, state)
    else this.#change(key, lamp, state)
  }

  #make(key: string, state: string): void {
    const word = element('small', {}, wordOf(state))
    const text = element('span', {}, element('b', {}, key), word)
    const button = element('button', { type: 'button', class: 'lamp', 'data-s': state, tabindex: '-1' }, text)
    button.dataset['k'] = key
    const lamp: Lamp = { button, word, searched: key.toLowerCase(), group: this.#groupOf(key), state }
    this.#lamps.set(key, lamp)
    this.#legend.add(state, 1)
    button.hidden = !this.#isShown(lamp)
    this.#join(key, lamp)
  }

  #change(key: string, lamp: Lamp, state: string): void {
    if (lamp.state !== state) {
      this.#legend.add(lamp.state, -1)
      this.#legend.add(state, 1)
      lamp.state = state
      lamp.button.dataset['s'] = state
      say(lamp.word, wordOf(state))
      if (this.#legend.chosen !== undefined) this.#narrow(lamp)
    }
    const group = this.#groupOf(key)
    if (group === lamp.group) return
    this.#leave(key, lamp)
    lamp.group = group
    this.#join(key, lamp)
  }

  #remove(key: string, lamp: Lamp): void {
    this.#legend.add(lamp.state, -1)
    this.#lamps.delete(key)
    this.#leave(key, lamp)
  }

  #join(key: string, lamp: Lamp): void {
    const group = this.#group(lamp.group)
    group.chunks.add(key, lamp.button)
    if (!lamp.button.hidden) group.shown += 1
  }

  #leave(key: string, lamp: Lamp): void {
    const group = this.#groups.get(lamp.group)
    if (group !== undefined && !lamp.button.hidden) group.shown -= 1
    const hadFocus = document.activeElement === lamp.button
    group?.chunks.remove(key, lamp.button)
    if (hadFocus) this.#field.focus()
    if (group === undefined || group.chunks.size > 0) return
    group.home.remove()
    this.#groups.delete(lamp.group)
  }

  /** Groups stand in the order of their names. */
  #group(name: string): Group {
    const known = this.#groups.get(name)
    if (known !== undefined) return known
    const title = element('span', {}, name)
    const count = element('span', { class: 'count' })
    const home = element('section', { class: 'group' }, name !== '' && element('h3', {}, title, count))
    const after = [...this.#groups].filter(([other]) => other > name).sort(([a], [b]) => (a < b ? -1 : 1))[0]
    this.#field.insertBefore(home, after?.[1].home ?? null)
    const group = { home, title, count, chunks: new Chunks(home), shown: 0 }
    this.#groups.set(name, group)
    return group
  }

  #groupOf(key: string): string {
    if (this.#grouping === 'none') return ''
    if (this.#grouping === 'kind') return /^[^/:@]+(?=[/:])/.exec(key)?.[0] ?? 'Other'
    const from = this.#values.get(key)?.from ?? null
    return from === null ? 'Nobody' : this.#nameOf(from)
  }

  #isShown({ searched, state }: Lamp): boolean {
    const { chosen } = this.#legend
    return (chosen === undefined || chosen === state) && (this.#sought === '' || searched.includes(this.#sought))
  }

  #filter(): void {
    if (this.#filterDirty) return
    this.#filterDirty = true
    requestAnimationFrame(() => {
      this.#filterDirty = false
      for (const lamp of this.#lamps.values()) this.#narrow(lamp)
      this.#sayCounts()
    })
  }

  #narrow(lamp: Lamp): void {
    const hidden = !this.#isShown(lamp)
    if (lamp.button.hidden === hidden) return
    lamp.button.hidden = hidden
    const group = this.#groups.get(lamp.group)
    if (group !== undefined) group.shown += hidden ? -1 : 1
  }

  #sayCounts(): void {
    let shown = 0
    for (const group of this.#groups.values()) {
      shown += group.shown
      say(group.count, countText(group.shown, group.chunks.size))
      const hidden = group.shown === 0
      if (group.home.hidden !== hidden) group.home.hidden = hidden
    }
    this.#field.classList.toggle('few', shown < this.#lamps.size && shown <= fewMax)
    say(byId('shown'), this.#lamps.size === 0 ? '' : countText(shown, this.#lamps.size))
    this.#sayEmpty(shown)
  }

  #sayEmpty(shown: number): void {
    const empty = byId('empty')
    if (this.#lamps.size === 0) {
      if (empty.hidden) {
        empty.replaceChildren(
          'No lamp yet: nobody says anything of a device. Set one beside, or on any server:',
          element('br'),
          element('code', {}, 'lampfield set Custom:mystate INUSE'),
        )
      }
      empty.hidden = false
      return
    }
    if (shown === 0) empty.textContent = 'No lamp is like that.'
    empty.hidden = shown > 0
  }
}

/** How many are in sight, and of how many where that is another number. */
const countText = (shown: number, size: number): string =>
  shown === size ? size.toLocaleString() : `${shown.toLocaleString()} of ${size.toLocaleString()}`
