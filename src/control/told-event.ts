import { toJson } from './json.ts'
import type { AriDeviceStateChanged, EventType, StreamedEvent } from './shapes.ts'

/** Makes an event with its time; it is asked once, when somebody first wants the event. */
export type MakeEvent = (timestamp: string) => StreamedEvent

interface Told {
  /** In front of each number: numbers of another run of the node are not mistaken for this one's. */
  readonly run: string
  readonly number: number
  readonly type: EventType
  readonly wallMs: number
  readonly make: MakeEvent
}

/** One event that was told, with its number. Its texts are made when they are first wanted: a storm costs little while nobody looks. */
export class ToldEvent {
  /** Grows by one with each event of a run. */
  readonly number: number
  readonly type: EventType
  readonly #id: string
  readonly #wallMs: number
  readonly #make: MakeEvent
  #event: StreamedEvent | undefined
  #text: string | undefined

  constructor({ run, number, type, wallMs, make }: Told) {
    this.number = number
    this.type = type
    this.#id = `${run}-${number}`
    this.#wallMs = wallMs
    this.#make = make
  }

  get event(): StreamedEvent {
    this.#event ??= this.#make(new Date(this.#wallMs).toISOString())
    return this.#event
  }

  /** As server-sent event, with or without its number. */
  text(numbered: boolean): string {
    this.#text ??= `event: ${this.event.type}\ndata: ${toJson(this.event)}\n\n`
    return numbered ? `id: ${this.#id}\n${this.#text}` : this.#text
  }

  /** As an event of Asterisk's REST interface; undefined for what that does not know. */
  ariText(entity: string): string | undefined {
    const { event } = this
    if (event.type !== 'change' || event.channel !== 'device_state') return undefined
    return ariText({ id: this.#id, timestamp: event.timestamp, entity, name: event.key, state: event.after })
  }
}

export interface AriChange {
  readonly id: string
  readonly timestamp: string
  readonly entity: string
  readonly name: string
  /** Nobody alive says anything of the device: then it is INVALID, as in Asterisk. */
  readonly state: unknown
}

export function ariText({ id, timestamp, entity, name, state }: AriChange): string {
  const message: AriDeviceStateChanged = {
    type: 'DeviceStateChanged',
    application: 'lampfield',
    // Asterisk writes the zone in digits.
    timestamp: timestamp.replace('Z', '+0000'),
    asterisk_id: entity,
    device_state: { name, state: (state ?? 'INVALID') as AriDeviceStateChanged['device_state']['state'] },
    id,
  }
  return toJson(message)
}
