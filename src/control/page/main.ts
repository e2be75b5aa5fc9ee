import type { MemberShape, NodeView, SnapshotEvent, StreamedEvent } from '../shapes.ts'
import { askHints, askMembers, askNode } from './ask.ts'
import { showBanners } from './banners.ts'
import { showCheck } from './check.ts'
import { byId, controlById, say } from './element.ts'
import { fitColumns } from './columns.ts'
import { ExplainDialog } from './explain.ts'
import { Feed, memberWord } from './feed.ts'
import { showHints } from './hints.ts'
import { moveByKeys } from './keys.ts'
import { Lamps, type Grouping } from './lamps.ts'
import { Live, type LinkStanding } from './live.ts'
import { showMailboxes } from './mailboxes.ts'
import { behind, isHere, showServers } from './servers.ts'
import { setForm } from './set-form.ts'
import { chooseTheme } from './theme.ts'
import { Values } from './values.ts'

/** Round trips and times are asked for this often; it also finds out that a silent connection is dead. */
const lookEveryMs = 2000

/** Questions that may fail before the event stream is taken for dead too. */
const failuresMax = 2

/** A sentence stands for so long. */
const toldMs = 6000

/** Everything that the page knows, and what it does when it learns more. */
class Page {
  readonly #channels: Readonly<Record<string, Values>> = { device_state: new Values(), mwi: new Values() }
  readonly #names = new Map<string, string>()
  readonly #lamps: Lamps
  readonly #feed = new Feed()
  readonly #explain: ExplainDialog
  readonly #live: Live
  #node: NodeView | undefined
  #members: readonly MemberShape[] = []
  #standing: LinkStanding = 'connecting'
  #heardAt = Date.now()
  #failures = 0
  #hintDevices = new Set<string>()
  #hintsDirty = true
  #isFrameAsked = false
  #silence: number | undefined

  constructor() {
    this.#lamps = new Lamps(
      this.#channels['device_state'] ?? new Values(),
      (entity) => this.#names.get(entity) ?? entity,
    )
    const form = setForm((sentence) => this.#tell(sentence))
    this.#explain = new ExplainDialog((device) => form.choose(device))
    this.#listen()
    this.#live = new Live({
      event: (event) => this.#event(event),
      snapshot: (part) => this.#snapshot(part),
      reset: () => {
        for (const values of Object.values(this.#channels)) values.begin()
        this.#hintsDirty = true
      },
      standing: (standing) => this.#stand(standing),
    })
    void this.#look()
  }

  #listen(): void {
    const search = controlById('search', HTMLInputElement)
    search.addEventListener('input', () => this.#lamps.search(search.value))
    const grouping = controlById('grouping', HTMLSelectElement)
    grouping.addEventListener('change', () => {
      this.#lamps.grouping = grouping.value as Grouping
    })
    const fit = fitColumns()
    const density = byId('density')
    density.addEventListener('click', () => {
      const isDense = byId('field').classList.toggle('dense')
      density.setAttribute('aria-pressed', String(isDense))
      fit()
    })
    const keyOf = (target: EventTarget | null): string | undefined =>
      target instanceof Element ? target.closest<HTMLElement>('.lamp')?.dataset['k'] : undefined
    byId('field').addEventListener('click', ({ target }) => {
      const key = keyOf(target)
      if (key !== undefined) void this.#explain.show(key)
    })
    // Thousands of lamps need no titles until somebody points at one.
    byId('field').addEventListener('pointerover', ({ target }) => {
      const lamp = target instanceof Element ? target.closest<HTMLElement>('.lamp') : null
      if (lamp !== null) lamp.title = lamp.innerText.replace('\n', ': ') || (lamp.dataset['k'] ?? '')
    })
    byId('agreement').addEventListener('click', () => void showCheck())
    moveByKeys()
    chooseTheme()
  }

  #event(event: StreamedEvent): void {
    this.#heardAt = Date.now()
    this.#feed.add(event)
    if (event.type === 'change') {
      this.#channels[event.channel]?.put(event.key, { value: event.after, from: event.from })
      if (this.#hintDevices.has(event.key)) this.#hintsDirty = true
      if (event.channel === 'device_state') this.#explain.changed(event.key)
    } else if (event.type === 'member') {
      this.#tell(`${event.name} is ${memberWord(event.to)}`)
      void this.#askMembers()
    } else if (event.type === 'alarm') this.#tell(event.sentence)
    this.#askFrame()
  }

  #snapshot({ channel, values, more }: SnapshotEvent): void {
    const known = this.#channels[channel]
    for (const { key, value, from } of values) known?.put(key, { value, from })
    if (!more) known?.complete()
    this.#hintsDirty = true
    this.#askFrame()
  }

  #stand(standing: LinkStanding): void {
    if (standing === this.#standing) return
    const was = this.#standing
    this.#standing = standing
    if (standing === 'lost') this.#tell('The connection to the node is lost')
    else if (was === 'lost') this.#tell('The connection to the node is back')
    this.#showStanding()
    if (standing === 'live') void this.#askMembers()
  }

  #askFrame(): void {
    if (this.#isFrameAsked) return
    this.#isFrameAsked = true
    requestAnimationFrame((nowMs) => {
      this.#isFrameAsked = false
      const isMore = this.#lamps.draw()
      this.#feed.draw(nowMs)
      showMailboxes(this.#channels['mwi'] ?? new Values())
      if (isMore) this.#askFrame()
    })
  }

  /** Looks at what no event tells, again and again. */
  async #look(): Promise<void> {
    if (document.visibilityState === 'visible') {
      await this.#askMembers()
      if (this.#hintsDirty) await this.#askHints()
      this.#askFrame()
    }
    setTimeout(() => void this.#look(), lookEveryMs)
  }

  async #askHints(): Promise<void> {
    this.#hintsDirty = false
    try {
      const hints = await askHints()
      this.#hintDevices = new Set(hints.flatMap(({ devices }) => devices.map(({ name }) => name)))
      showHints(hints, (device) => void this.#explain.show(device))
    } catch {
      // The members are asked too, and tell the person that nobody answers.
      this.#hintsDirty = true
    }
  }

  async #askMembers(): Promise<void> {
    try {
      this.#members = await askMembers()
      const node = await askNode()
      if (this.#node !== undefined && this.#node.startedAt !== node.startedAt) this.#hintsDirty = true
      this.#node = node
      this.#failures = 0
      this.#heardAt = Date.now()
    } catch {
      this.#failures += 1
      if (this.#failures === failuresMax && this.#standing === 'live') this.#live.renew()
      this.#showStanding()
      return
    }
    const isRenamed = this.#members.some(({ entity, name }) => this.#names.get(entity) !== name)
    for (const { entity, name } of this.#members) this.#names.set(entity, name)
    if (isRenamed && controlById('grouping', HTMLSelectElement).value === 'server') this.#lamps.regroup()
    showServers(this.#members)
    this.#showStanding()
  }

  #showStanding(): void {
    const standing = this.#standing
    const link = byId('link')
    const words = { connecting: 'Connecting', live: 'Live', lost: 'Reconnecting' }
    link.dataset['tone'] = { connecting: 'wait', live: 'good', lost: 'bad' }[standing]
    say(link.lastElementChild ?? link, words[standing])
    document.body.classList.toggle('stale', standing === 'lost')
    this.#showAgreement()
    if (this.#node !== undefined) {
      const { name, cluster, entity, version } = this.#node
      say(byId('identity'), `${name} · cluster ${cluster} · ${entity} · ${version}`)
      document.title = `${name} · Lampfield`
    }
    showBanners({ node: this.#node, members: this.#members, standing, heardAt: this.#heardAt })
  }

  #showAgreement(): void {
    const agreement = byId('agreement')
    const here = this.#members.filter(isHere)
    const slow = behind(this.#members)
    const isKnown = this.#standing === 'live' && here.length > 0
    const gone = this.#members.filter(({ status }) => status === 'down').length
    const tone = !isKnown ? 'wait' : slow.length + gone > 0 ? 'warn' : 'good'
    const text = isKnown ? agreementText(here.length, slow.length, gone) : 'Agreement not known'
    agreement.dataset['tone'] = tone
    say(agreement.lastElementChild ?? agreement, text)
  }

  /** Says a sentence for a moment, also to those who listen to the page instead of looking at it. */
  #tell(sentence: string): void {
    say(byId('voice'), sentence)
    clearTimeout(this.#silence)
    this.#silence = setTimeout(() => say(byId('voice'), ''), toldMs)
  }
}

function agreementText(here: number, slow: number, gone: number): string {
  if (slow > 0) return `${here - slow} of ${here} agree`
  if (here === 1) return gone > 0 ? 'Cut off from all others' : 'Alone'
  return gone > 0 ? `The ${here} in sight agree` : `All ${here} agree`
}

const page = new Page()
// Nobody holds the page but its own listeners.
void page
