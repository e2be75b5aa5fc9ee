import { readDeviceState, type DeviceState } from '../state/device-state.ts'
import { parseEntityId, type EntityId } from '../state/entity-id.ts'
import { keyFault } from '../state/key.ts'
import { messagesMax, parseMailbox, type MailboxCounts } from '../state/mailbox.ts'
import { parsed, unparsed, type Parsed } from '../state/parsed.ts'

/** The event packages of res_pjsip_publish_asterisk. Asterisk compares them with regard to case. */
export type EventPackage = 'asterisk-devicestate' | 'asterisk-mwi'
export const eventPackages: readonly EventPackage[] = ['asterisk-devicestate', 'asterisk-mwi']

/** "Send me everything again." */
export interface RefreshBody {
  readonly kind: 'refresh'
  readonly entity: EntityId
}

export interface DeviceBody {
  readonly kind: 'device'
  readonly entity: EntityId
  readonly device: string
  readonly state: DeviceState
  /** False: an event that nobody keeps. */
  readonly cachable: boolean
}

export interface MailboxBody {
  readonly kind: 'mailbox'
  readonly entity: EntityId
  readonly mailbox: string
  readonly counts: MailboxCounts
}

/** What one PUBLISH says. */
export type Body = RefreshBody | DeviceBody | MailboxBody

/** The text of a body, with the fields in Asterisk's own order. */
export function formatBody(body: Body): string {
  const eid = body.entity
  switch (body.kind) {
    case 'refresh':
      return JSON.stringify({ type: 'refresh', eid })
    case 'device': {
      const { device, state, cachable } = body
      // Only the integer 1 is taken for "keep it": `true` is not.
      return JSON.stringify({ type: 'devicestate', device, state, cachable: cachable ? 1 : 0, eid })
    }
    case 'mailbox': {
      const { newMessages, oldMessages } = body.counts
      return JSON.stringify({ type: 'mailboxstate', uniqueid: body.mailbox, old: oldMessages, new: newMessages, eid })
    }
  }
}

/** Reads the body of a PUBLISH of one package. Any text gives a body or a named reason. */
export function parseBody(eventPackage: EventPackage, text: string): Parsed<Body> {
  let fields: unknown
  try {
    fields = JSON.parse(text)
  } catch {
    return unparsed('body-not-json')
  }
  if (typeof fields !== 'object' || fields === null || Array.isArray(fields)) return unparsed('body-not-an-object')
  const read = fields as Readonly<Record<string, unknown>>
  const entity = parseEntityId(typeof read['eid'] === 'string' ? read['eid'] : '')
  if (!entity.ok) return unparsed('body-eid-invalid')
  switch (read['type']) {
    case 'refresh':
      return parsed({ kind: 'refresh', entity: entity.value })
    case 'devicestate':
      if (eventPackage === 'asterisk-devicestate') return readDevice(read, entity.value)
      return unparsed('body-of-other-package')
    case 'mailboxstate':
      if (eventPackage === 'asterisk-mwi') return readMailbox(read, entity.value)
      return unparsed('body-of-other-package')
    default:
      return unparsed('body-type-unknown')
  }
}

function readDevice(fields: Readonly<Record<string, unknown>>, entity: EntityId): Parsed<Body> {
  const { device, state, cachable } = fields
  if (typeof device !== 'string' || keyFault(device) !== undefined) return unparsed('body-device-invalid')
  if (typeof state !== 'string' || state === '') return unparsed('body-state-invalid')
  return parsed({ kind: 'device', entity, device, state: readDeviceState(state), cachable: cachable === 1 })
}

function readMailbox(fields: Readonly<Record<string, unknown>>, entity: EntityId): Parsed<Body> {
  const mailbox = parseMailbox(typeof fields['uniqueid'] === 'string' ? fields['uniqueid'] : '')
  if (!mailbox.ok) return unparsed('body-mailbox-invalid')
  const counts = { newMessages: countOf(fields['new']), oldMessages: countOf(fields['old']) }
  return parsed({ kind: 'mailbox', entity, mailbox: mailbox.value, counts })
}

/** As Asterisk reads counts: what is no whole number is 0. A negative one, which it takes, can only mean none. */
const countOf = (value: unknown): number =>
  typeof value === 'number' && Number.isInteger(value) ? Math.min(Math.max(value, 0), messagesMax) : 0
