import type { Clock } from '../runtime/clock.ts'
import type { DeviceState } from '../state/device-state.ts'
import type { EntityId } from '../state/entity-id.ts'
import type { Body, EventPackage } from './body.ts'
import type { Journal } from './journal.ts'
import type { PublicationParts } from './publication.ts'
import { Publisher } from './publisher.ts'
import { RemoteMailboxes, type MailboxWord } from './remote-mailboxes.ts'
import { RemoteStates } from './remote-states.ts'
import { expirationS, filterOf, type BridgeSettings } from './settings.ts'
import type { Tally } from './tally.ts'

export interface SpeakingParts {
  readonly settings: BridgeSettings
  readonly clock: Clock
  readonly journal: Journal
  readonly tally: Tally
  readonly uri: string
  readonly token: () => string
  readonly request: PublicationParts['request']
  readonly latestMailbox: (mailbox: string, by: EntityId) => MailboxWord | undefined
}

/** Publications at once: eight carry as much as Asterisk takes (some 2,800 requests a second); mailboxes change seldom. */
const publicationsMax = { 'asterisk-devicestate': 8, 'asterisk-mwi': 2 } as const

/** States that light no lamp. */
const darkStates: ReadonlySet<DeviceState> = new Set(['UNKNOWN', 'NOT_INUSE', 'INVALID', 'UNAVAILABLE'])

/** Everything that the local Asterisk is told: the others' devices and mailboxes, each under its own entity ID. */
export class Speaking {
  readonly remote: RemoteStates
  readonly mailboxes: RemoteMailboxes
  readonly #parts: SpeakingParts
  readonly #devices: Publisher
  readonly #boxes: Publisher
  readonly #isDeviceOut: (device: string) => boolean
  #own: EntityId | undefined
  #by: EntityId | undefined
  #lastRefreshMs: number | undefined

  constructor(parts: SpeakingParts) {
    this.#parts = parts
    const { settings, journal } = parts
    this.#isDeviceOut = filterOf(settings.devicesOut)
    this.#devices = this.#publisher('asterisk-devicestate')
    this.#boxes = this.#publisher('asterisk-mwi')
    this.remote = new RemoteStates({
      journal,
      isWanted: this.#isDeviceOut,
      say: (entity, device, state) => this.#sayDevice(entity, device, state, true),
      withdraw: (entity, device) => this.#devices.withdraw(slotOf(entity, device)),
    })
    this.mailboxes = new RemoteMailboxes({
      isWanted: filterOf(settings.mailboxesOut),
      latest: (mailbox) => parts.latestMailbox(mailbox, this.#by ?? this.#own ?? ('' as EntityId)),
      counts: (entity) => this.remote.counts(entity),
      clearsDeparted: settings.departedMailboxes === 'clear',
      say: (mailbox, { entity, counts }) => {
        if (this.#speaks(entity)) this.#boxes.put(mailbox, { kind: 'mailbox', entity, mailbox, counts })
      },
      withdraw: (mailbox) => this.#boxes.withdraw(mailbox),
    })
  }

  get backlog(): number {
    return this.#devices.backlog + this.#boxes.backlog
  }

  get publications(): number {
    return this.#devices.publications + this.#boxes.publications
  }

  get lastDeliveryMs(): number | undefined {
    const times = [this.#devices.lastDeliveryMs, this.#boxes.lastDeliveryMs].filter((ms) => ms !== undefined)
    return times.length === 0 ? undefined : Math.max(...times)
  }

  get lastRefreshMs(): number | undefined {
    return this.#lastRefreshMs
  }

  begin(own: EntityId): void {
    this.#own = own
    this.remote.begin(own)
    this.mailboxes.begin(own)
  }

  mailboxChanged(mailbox: string, by: EntityId): void {
    this.#by = by
    this.mailboxes.changed(mailbox, by)
  }

  /** An event that nobody keeps. */
  pass(entity: EntityId, device: string, state: DeviceState): void {
    if (this.#speaks(entity) && this.#isDeviceOut(device)) {
      this.#devices.pass({ kind: 'device', entity, device, state, cachable: false })
    }
  }

  /** Asterisk answers: ask it for everything it has, then say everything that it may have forgotten. */
  open(): void {
    if (this.#own === undefined || this.#parts.settings.mode === 'observe') return
    this.#lastRefreshMs = this.#parts.clock.now()
    for (const publisher of [this.#devices, this.#boxes]) {
      publisher.put('', { kind: 'refresh', entity: this.#own })
      publisher.open()
    }
    this.remote.tellAll()
    this.mailboxes.tellAll()
  }

  /** Asterisk wants everything of a package again: it, or its module, was started anew. */
  repeat(eventPackage: EventPackage): void {
    if (this.#own === undefined || this.#parts.settings.mode === 'observe') return
    this.#lastRefreshMs = this.#parts.clock.now()
    const publisher = eventPackage === 'asterisk-mwi' ? this.#boxes : this.#devices
    publisher.discardTags()
    publisher.put('', { kind: 'refresh', entity: this.#own })
    if (eventPackage === 'asterisk-mwi') this.mailboxes.tellAll()
    else this.remote.tellAll()
  }

  close(): void {
    this.#devices.close()
    this.#boxes.close()
  }

  /** Takes back everything that Asterisk was told, since nobody will keep it true: first what keeps a lamp on, since there may be no time for all. */
  neutralise(): void {
    for (const [entity, device, state] of this.remote.standing()) {
      if (!darkStates.has(state)) this.#sayDevice(entity, device, 'INVALID', true)
    }
    for (const entity of this.#parts.journal.entities()) {
      if (entity === this.#own) continue
      for (const device of this.#parts.journal.keysOf(entity)) this.#sayDevice(entity, device, 'INVALID', true)
    }
  }

  stop(): void {
    this.#devices.stop()
    this.#boxes.stop()
  }

  #sayDevice(entity: EntityId, device: string, state: DeviceState, cachable: boolean): void {
    if (this.#speaks(entity)) {
      this.#devices.put(slotOf(entity, device), { kind: 'device', entity, device, state, cachable })
    }
  }

  /** Never a word under the local Asterisk's own entity ID: it would take it for its own and send it out again, for ever. */
  #speaks(entity: EntityId): boolean {
    return this.#parts.settings.mode === 'bridge' && entity !== this.#own
  }

  #publisher(eventPackage: EventPackage): Publisher {
    const { clock, uri, token, request, tally, settings } = this.#parts
    return new Publisher({
      eventPackage,
      clock,
      uri,
      token,
      request,
      credentials: settings.credentials,
      expiresS: expirationS,
      publicationsMax: publicationsMax[eventPackage],
      count: (name) => tally.count(name),
      leaving: (body) => {
        if (body.kind === 'device') this.remote.leaving(body.entity, body.device)
      },
      delivered: (_slot, body) => this.#delivered(body),
      trouble: (sentence) => {
        if (sentence !== undefined) tally.error(`${eventPackage}: ${sentence}`)
      },
    })
  }

  #delivered(body: Body): void {
    if (body.kind === 'device') this.remote.delivered(body.entity, body.device, body.state)
    else if (body.kind === 'mailbox') this.mailboxes.delivered(body.mailbox)
  }
}

const slotOf = (entity: EntityId, device: string): string => `${entity} ${device}`
