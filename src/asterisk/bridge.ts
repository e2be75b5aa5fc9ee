import { every, type Cancel } from '../runtime/clock.ts'
import { Failure } from '../runtime/failure.ts'
import type { DeviceState } from '../state/device-state.ts'
import type { EntityId } from '../state/entity-id.ts'
import { eventPackages, type Body, type EventPackage } from './body.ts'
import type { BridgeOptions } from './bridge-options.ts'
import { compareStates } from './comparison.ts'
import { FirstWords } from './first-words.ts'
import { Link } from './link.ts'
import { mismatchText } from './mismatch.ts'
import { OwnMailboxes } from './own-mailboxes.ts'
import { OwnStates } from './own-states.ts'
import { PublishServer } from './publish-server.ts'
import { latestWord } from './remote-mailboxes.ts'
import { sayingOf } from './saying.ts'
import { expirationS, filterOf } from './settings.ts'
import { Endpoint, placeText } from './sip/endpoint.ts'
import { Speaking } from './speaking.ts'
import type { BridgeStatus } from './status.ts'
import { Tally } from './tally.ts'

/** A silent Asterisk is taken for dead after this long; where it may not be asked, after two of its own refreshes were due. */
const downAfterMs = { bridge: 3000, observe: 2 * expirationS * 1000 + 5000 } as const

/** After a start, members are there by then; what is not is taken back. */
const settleMs = 5000

/** After a start, an Asterisk that was not heard by then is dead. */
const unheardMs = { bridge: settleMs, observe: downAfterMs.observe } as const

/** How long a node that stops tries to take back what it told Asterisk. */
const farewellMaxMs = 1000

/** Joins the local Asterisk to the cluster: its states are this entity's entries, and it is told those of all others. */
export class Bridge {
  readonly #options: BridgeOptions
  readonly #tally: Tally
  readonly #endpoint: Endpoint
  readonly #server: PublishServer
  readonly #link: Link
  readonly #speaking: Speaking
  readonly #firstWords: FirstWords
  readonly #isDeviceIn: (device: string) => boolean
  readonly #isMailboxIn: (mailbox: string) => boolean
  readonly #listening = new AbortController()
  #own: OwnStates | undefined
  #ownMailboxes: OwnMailboxes | undefined
  #asteriskEntity: EntityId | undefined
  #isSettled = false
  #cancelSettle: Cancel = () => {}
  #cancelSilence: Cancel = () => {}
  #probes = 0

  /** Listens to the node at once: it must not have started yet. */
  constructor(options: BridgeOptions) {
    this.#options = options
    const { settings, clock, random, log, wire } = options
    this.#tally = new Tally(clock, log)
    this.#firstWords = new FirstWords(options)
    this.#isDeviceIn = filterOf(settings.devicesIn)
    this.#isMailboxIn = filterOf(settings.mailboxesIn)
    this.#endpoint = new Endpoint({
      wire,
      clock,
      random,
      local: settings.sipListen,
      remote: settings.asterisk,
      transport: settings.transport,
      isPeer: ({ host }) => host.replace(/^::ffff:/, '') === settings.asterisk.host,
      serve: (request) => this.#server.serve(request),
      heard: () => this.#link.heard(),
      count: (name) => this.#tally.count(name),
    })
    this.#server = new PublishServer({
      clock,
      token: () => this.#endpoint.token(),
      take: (body, eventPackage, isBeginning) => this.#take(body, eventPackage, isBeginning),
      count: (name) => this.#tally.count(name),
    })
    this.#link = new Link({
      clock,
      downAfterMs: downAfterMs[settings.mode],
      probe: settings.mode === 'observe' ? undefined : (done) => this.#probe(done),
      up: () => this.#up(),
      down: () => this.#down(),
    })
    this.#speaking = new Speaking({
      settings,
      clock,
      journal: options.journal,
      tally: this.#tally,
      uri: `sip:${settings.name}@${placeText(settings.asterisk)}`,
      token: () => this.#endpoint.token(),
      request: (draft, done) => this.#endpoint.request(draft, done),
      latestMailbox: (mailbox, by) => latestWord(options.node.explain('mwi', mailbox), by),
    })
    this.#listen()
  }

  /** Begins, once the node runs. Rejects with `address-unusable` where it cannot listen. */
  async start(): Promise<void> {
    const { node, journal, isLatest, clock, settings, log } = this.#options
    const entity = node.entity
    const remembers = settings.mode === 'observe'
    this.#own = new OwnStates({
      clock,
      entity,
      journal,
      remembers,
      isLatest,
      // Asterisk keeps what must be kept, and names all of it after a restart of either side.
      set: (device, state, stamp) => this.#write(() => node.set('device_state', device, state, { kept: false, stamp })),
      saying: (device) => sayingOf(node.explain('device_state', device), entity),
      unset: (device) => this.#write(() => node.unset('device_state', device)),
      count: (name) => this.#tally.count(name),
    })
    this.#ownMailboxes = new OwnMailboxes({
      clock,
      entity,
      journal,
      remembers,
      isWanted: this.#isMailboxIn,
      set: (mailbox, counts, stamp) => this.#write(() => node.set('mwi', mailbox, counts, { stamp })),
      saying: (mailbox) => sayingOf(node.explain('mwi', mailbox), entity),
    })
    await this.#endpoint.start()
    this.#speaking.begin(entity)
    this.#link.start()
    this.#cancelSettle = clock.after(settleMs, () => this.#settle())
    this.#cancelSilence = clock.after(unheardMs[settings.mode], () => this.#unheard())
    const { asterisk, sipListen, mode } = settings
    log.info(`asterisk: ${mode} with the Asterisk at ${placeText(asterisk)}, heard at ${placeText(sipListen)}`)
  }

  /** Takes back what Asterisk was told, as far as a second allows, and closes. */
  async stop(): Promise<void> {
    this.#listening.abort()
    this.#cancelSettle()
    this.#cancelSilence()
    this.#own?.stop()
    this.#ownMailboxes?.stop()
    if (this.#link.isUp && this.#exchanges) await this.#farewell()
    this.#link.stop()
    this.#speaking.stop()
    await this.#endpoint.stop()
    this.#tally.close()
    await this.#options.journal.close()
  }

  status(): BridgeStatus {
    const { settings, clock, node } = this.#options
    const now = clock.now()
    const iso = (ms: number | undefined): string | null =>
      ms === undefined ? null : new Date(clock.wallMs() - (now - ms)).toISOString()
    const { heardMs, isUp, sinceMs } = this.#link
    return {
      mode: settings.mode,
      link: isUp ? 'up' : 'down',
      linkForMs: now - sinceMs,
      heardAgoMs: heardMs === undefined ? null : now - heardMs,
      sipListen: placeText(settings.sipListen),
      asterisk: placeText(settings.asterisk),
      transport: settings.transport,
      entity: node.entity,
      asteriskEntity: this.#asteriskEntity ?? null,
      exchanges: this.#exchanges,
      ownDevices: this.#own?.size ?? 0,
      remoteDevices: [...this.#speaking.remote.standing()].length,
      remoteMailboxes: this.#speaking.mailboxes.size,
      publicationsIn: this.#server.publications,
      publicationsOut: this.#speaking.publications,
      queue: this.#speaking.backlog,
      lastDelivery: iso(this.#speaking.lastDeliveryMs),
      lastRefresh: iso(this.#speaking.lastRefreshMs),
      lastError: this.#tally.lastError,
      counts: this.#tally.view(),
      comparison: compareStates(
        this.#own?.standing() ?? [],
        this.#speaking.remote.standing(),
        node.list('device_state').map(({ key, value }) => [key, value] as const),
      ),
    }
  }

  /** What was counted, for listings of counters. */
  counts(): Readonly<Record<string, number>> {
    return Object.fromEntries(Object.entries(this.#tally.view()).map(([name, n]) => [`asterisk_${name}`, n]))
  }

  /** False where the local Asterisk is known to be another entity than this node. */
  get #exchanges(): boolean {
    return this.#asteriskEntity === undefined || this.#asteriskEntity === this.#options.node.entity
  }

  #listen(): void {
    const { node } = this.#options
    const { signal } = this.#listening
    const { remote } = this.#speaking
    node.addEventListener(
      'entry',
      ({ detail: { channel, entity, key, after } }) => {
        if (channel === 'device_state') remote.entry(entity, key, after as DeviceState | undefined)
        else if (channel === 'mwi' && entity === node.entity && after === undefined) this.#ownMailboxes?.forget(key)
      },
      { signal },
    )
    node.addEventListener(
      'member',
      ({ detail: { entity, to } }) => remote.member(entity, to !== 'down' && to !== 'left'),
      { signal },
    )
    node.addEventListener(
      'change',
      ({ detail: { channel, key, by } }) => {
        if (channel === 'mwi') this.#speaking.mailboxChanged(key, by)
      },
      { signal },
    )
    node.addEventListener(
      'passing',
      ({ detail: { channel, entity, key, value } }) => {
        if (channel === 'device_state') this.#speaking.pass(entity, key, value as DeviceState)
      },
      { signal },
    )
  }

  #take(body: Body, eventPackage: EventPackage, isBeginning: boolean): void {
    if (!this.#isOwnAsterisk(body.entity)) {
      this.#keepForLater(body)
      return
    }
    const { mode } = this.#options.settings
    // Where it is not asked, this is the only time at which it names all of them.
    if (mode === 'observe' && isBeginning) this.#expectAll(eventPackage)
    if (body.kind === 'refresh') {
      this.#tally.count('in_refresh_asked')
      this.#speaking.repeat(eventPackage)
      if (mode === 'bridge') this.#expectAll(eventPackage)
    } else if (body.kind === 'mailbox') this.#takeMailbox(body)
    else this.#takeDevice(body)
  }

  /** What an Asterisk says whose entity this node may become. */
  #keepForLater(body: Body): void {
    const { adopt, settings } = this.#options
    if (body.kind === 'refresh' || settings.mode !== 'observe') return
    if (adopt === undefined || this.#isTaken(body.entity)) return
    const isWanted =
      body.kind === 'mailbox'
        ? this.#isMailboxIn(body.mailbox)
        : this.#isDeviceIn(body.device) && !isMailboxLamp(body.device)
    if (isWanted) this.#firstWords.keep(body)
  }

  #takeDevice(body: Extract<Body, { kind: 'device' }>): void {
    const { node } = this.#options
    if (!this.#isDeviceIn(body.device)) this.#tally.count('in_filtered')
    else if (isMailboxLamp(body.device)) this.#tally.count('in_mwi_echoes')
    else if (body.cachable) {
      this.#tally.count('in_states')
      this.#own?.take(body)
    } else {
      this.#tally.count('in_passing')
      this.#write(() => node.pass('device_state', body.device, body.state))
    }
  }

  #takeMailbox({ mailbox, counts }: Extract<Body, { kind: 'mailbox' }>): void {
    if (!this.#isMailboxIn(mailbox)) {
      this.#tally.count('in_filtered')
      return
    }
    this.#tally.count('in_mailboxes')
    this.#ownMailboxes?.take(mailbox, counts)
  }

  /** Learns whose Asterisk this is. One of another entity is answered and not believed. */
  #isOwnAsterisk(entity: EntityId): boolean {
    const { node, log } = this.#options
    const isOwn = entity === node.entity
    const before = this.#asteriskEntity
    const wasKnown = before === entity
    this.#asteriskEntity = entity
    if (isOwn) {
      if (!wasKnown) {
        log.info(`asterisk: the local Asterisk is entity ${entity}, as is this node`)
        if (before !== undefined) this.#ask()
      }
      return true
    }
    this.#tally.count('in_other_entity')
    if (!wasKnown) this.#speaking.close()
    this.#meetOther(entity)
    return false
  }

  /** The local Asterisk is another entity. Whether another node is that one is known only after members were found. */
  #meetOther(entity: EntityId): void {
    const { adopt } = this.#options
    const isTaken = this.#isTaken(entity)
    if (adopt === undefined || isTaken) this.#tally.error(mismatchText(this.#options.node.entity, entity, isTaken))
    else if (this.#isSettled) adopt(entity)
  }

  /** Another node of the cluster is that entity. */
  #isTaken(entity: EntityId): boolean {
    return this.#options.node.members().some((member) => member.entity === entity && member.status !== 'self')
  }

  #up(): void {
    this.#options.log.info(`asterisk: it ${this.#options.settings.mode === 'observe' ? 'speaks' : 'answers'}`)
    if (this.#exchanges) this.#ask()
  }

  #ask(): void {
    this.#speaking.open()
    if (this.#options.settings.mode === 'bridge') for (const name of eventPackages) this.#expectAll(name)
  }

  /** Asterisk names everything of a package. */
  #expectAll(eventPackage: EventPackage): void {
    if (eventPackage === 'asterisk-mwi') this.#ownMailboxes?.expectAll()
    else this.#own?.expectAll()
  }

  #down(): void {
    const silence = this.#options.settings.mode === 'observe' ? 'says nothing' : 'does not answer'
    this.#tally.error(`the local Asterisk ${silence} any more: its states are taken back`)
    this.#speaking.close()
    this.#own?.withdrawAll()
  }

  /** What is known of an Asterisk from an earlier life of this node, and of which nothing was heard since. */
  #unheard(): void {
    if (!this.#link.isUp) this.#own?.withdrawAll()
  }

  /** What a node that was killed had left behind and nobody has said again by now. */
  #settle(): void {
    this.#speaking.remote.settle()
    this.#isSettled = true
    if (!this.#exchanges && this.#asteriskEntity !== undefined) this.#meetOther(this.#asteriskEntity)
  }

  async #farewell(): Promise<void> {
    const { clock } = this.#options
    this.#speaking.neutralise()
    await new Promise<void>((resolve) => {
      const endMs = clock.now() + farewellMaxMs
      const cancel = every(clock, 5, () => {
        if (this.#speaking.backlog > 0 && clock.now() < endMs) return
        cancel()
        resolve()
      })
    })
  }

  #probe(done: Parameters<Endpoint['request']>[1]): Cancel {
    this.#probes += 1
    const { settings } = this.#options
    const uri = `sip:${placeText(settings.asterisk)}`
    const from = `<sip:${settings.name}@${placeText(settings.sipListen)}>`
    const headers = [
      { name: 'from', value: `${from};tag=${this.#endpoint.token()}` },
      { name: 'to', value: `<${uri}>` },
      { name: 'call-id', value: this.#endpoint.token() },
      { name: 'cseq', value: `${this.#probes} OPTIONS` },
    ]
    return this.#endpoint.request({ method: 'OPTIONS', uri, headers, body: '' }, done)
  }

  /** A write of the node that may be refused: too many entries, a channel that is not published. */
  #write(act: () => Promise<unknown> | void): void {
    const refused = (error: unknown): void => {
      if (!Failure.is(error)) throw error
      // It counts, and the node itself raises the alarm about its disk.
      if (error.code === 'not-kept') return
      this.#tally.count(`in_refused_${error.code.replaceAll('-', '_')}`)
      this.#tally.error(error.message)
    }
    try {
      act()?.catch(refused)
    } catch (error) {
      refused(error)
    }
  }
}

/**
 * Every Asterisk makes these lamps itself from the mailboxes, also from remote ones: handing on such an echo would make each server vote on
 * every mailbox, and an old vote would hold the lamp.
 */
const isMailboxLamp = (device: string): boolean => /^MWI:/i.test(device)
