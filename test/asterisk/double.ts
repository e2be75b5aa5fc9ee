import { ClientTransaction } from '../../src/asterisk/sip/client-transaction.ts'
import { formatMessage } from '../../src/asterisk/sip/format.ts'
import {
  headerOf,
  responseTo,
  type SipAnswer,
  type SipHeader,
  type SipMessage,
  type SipRequest,
  type SipResponse,
} from '../../src/asterisk/sip/message.ts'
import { parseMessage } from '../../src/asterisk/sip/parse.ts'
import type { Origin, Place, Transport, Wire, WireHandlers } from '../../src/asterisk/sip/wire.ts'
import type { VirtualClock } from '../../src/runtime/virtual-clock.ts'
import { joinDeviceStates } from '../../src/state/device-state-reducer.ts'
import { readDeviceState, type DeviceState } from '../../src/state/device-state.ts'

const packages = ['asterisk-devicestate', 'asterisk-mwi'] as const
type Package = (typeof packages)[number]

export interface DoubleOptions {
  /** Milliseconds from the start of its process until it reads SIP. */
  readonly bootMs?: number
  /** Since 20.17 a state that is as before is not published again. */
  readonly dropsDuplicates?: boolean
  readonly expirationS?: number
  /** Milliseconds that each message takes in either direction. */
  readonly wireMs?: number
}

/** A queue of outbound-publish: one request on its way, everything else waits, and nothing is put together. */
interface Outbound {
  readonly package: Package
  readonly queue: string[]
  tag: string | undefined
  callId: number
  transaction: ClientTransaction | undefined
  branch: string
  sending: string | undefined
  idle: (() => void) | undefined
}

/**
 * An Asterisk as res_pjsip_publish_asterisk shows it on the wire, after its source and after what was measured on a real one: entity tags
 * from one counter that begins at 0, 412 for used ones, 200 for a bad body in a MODIFY whose publication is dropped, a refresh exactly at
 * the end of its own expiration, silence while it boots, and no check whether a body carries its own entity ID.
 */
export class AsteriskDouble {
  readonly eid: string
  readonly wire: Wire
  /** Own devices; `Custom:` ones are in its database and outlive it. */
  readonly own: Map<string, DeviceState> = new Map()
  /** What it was told, by entity ID and device. */
  remote: Map<string, Map<string, DeviceState>> = new Map()
  mailboxes: Map<string, { old: number; new: number; eid: string }> = new Map()
  /** Events that it was told and does not keep. */
  readonly passed: string[] = []
  readonly requests: { readonly atMs: number; readonly text: string }[] = []
  /** Answers instead of the usual ones, taken once each. */
  readonly planned: (SipAnswer | 'silence')[] = []
  isRunning = false
  sent = 0
  readonly #clock: VirtualClock
  readonly #options: Required<DoubleOptions>
  #handlers: WireHandlers | undefined
  #bootedMs = Number.POSITIVE_INFINITY
  #nextTag = 0
  #tags = new Map<string, { readonly package: Package; readonly untilMs: number }>()
  #outbound: Outbound[] = []
  #branches = 0
  #answered = new Map<string, string>()

  constructor(clock: VirtualClock, eid: string, options: DoubleOptions = {}) {
    this.#clock = clock
    this.eid = eid
    this.#options = { bootMs: 0, dropsDuplicates: true, expirationS: 60, wireMs: 1, ...options }
    this.wire = {
      start: async (handlers) => {
        this.#handlers = handlers
      },
      stop: async () => {
        this.#handlers = undefined
      },
      send: (data: Uint8Array, _transport: Transport, _to: Place) => this.#carry(data),
      reply: (data: Uint8Array, _to: Origin) => this.#carry(data),
    }
  }

  get isBooted(): boolean {
    return this.isRunning && this.#clock.now() >= this.#bootedMs
  }

  /** Starts the process. */
  boot(): void {
    this.isRunning = true
    this.#bootedMs = this.#clock.now() + this.#options.bootMs
    this.#outbound = packages.map((name) => this.#makeOutbound(name))
    // Its own requests leave before it reads any: outbound-publish sends its first ones while the rest still loads.
    for (const outbound of this.#outbound) this.#queue(outbound, { type: 'refresh' })
    for (const [device, state] of this.own) this.#publishDevice(device, state, 1)
  }

  /** Kill -9. Its memory is gone. */
  kill(): void {
    this.isRunning = false
    this.#bootedMs = Number.POSITIVE_INFINITY
    for (const { transaction, idle } of this.#outbound) {
      transaction?.end()
      idle?.()
    }
    this.#outbound = []
    this.#tags.clear()
    this.#answered.clear()
    this.#nextTag = 0
    this.remote = new Map()
    this.mailboxes = new Map()
    for (const device of this.own.keys()) if (!device.startsWith('Custom:')) this.own.delete(device)
  }

  /** `module reload res_pjsip_publish_asterisk.so`. */
  reload(): void {
    for (const outbound of this.#outbound) this.#queue(outbound, { type: 'refresh' })
  }

  /** A device of its own changes. */
  set(device: string, state: DeviceState, cachable: 0 | 1 = 1): void {
    const isSame = this.own.get(device) === state
    if (cachable === 1) {
      this.own.set(device, state)
      if (isSame && this.#options.dropsDuplicates) return
    }
    if (this.isRunning) this.#publishDevice(device, state, cachable)
  }

  /** A mailbox changes here, as voicemail does it. */
  setMailbox(mailbox: string, old: number, fresh: number): void {
    this.#mailbox(mailbox, { old, new: fresh, eid: this.eid })
  }

  /** What its hints show of a device. */
  aggregate(device: string): DeviceState {
    const said = [...this.remote.values()].flatMap((devices) => devices.get(device) ?? [])
    return joinDeviceStates([...said, ...(this.own.has(device) ? [this.own.get(device)!] : [])])
  }

  #mailbox(mailbox: string, slot: { old: number; new: number; eid: string }): void {
    this.mailboxes.set(mailbox, slot)
    if (slot.eid === this.eid) {
      this.#publish('asterisk-mwi', { type: 'mailboxstate', uniqueid: mailbox, old: slot.old, new: slot.new })
    }
    // res_mwi_devstate makes a device of its own of every mailbox, also of one of another server.
    this.set(`MWI:${mailbox}`, slot.new > 0 ? 'INUSE' : 'NOT_INUSE')
  }

  #publishDevice(device: string, state: DeviceState, cachable: 0 | 1): void {
    this.#publish('asterisk-devicestate', { type: 'devicestate', device, state, cachable })
  }

  #publish(name: Package, body: object): void {
    const outbound = this.#outbound.find((known) => known.package === name)
    if (outbound !== undefined) this.#queue(outbound, body)
  }

  #makeOutbound(name: Package): Outbound {
    return {
      package: name,
      queue: [],
      tag: undefined,
      callId: 0,
      transaction: undefined,
      branch: '',
      sending: undefined,
      idle: undefined,
    }
  }

  #queue(outbound: Outbound, body: object): void {
    outbound.queue.push(JSON.stringify({ ...body, eid: this.eid }))
    this.#sendNext(outbound)
  }

  #sendNext(outbound: Outbound): void {
    if (outbound.transaction !== undefined) return
    const text = outbound.queue.shift()
    outbound.idle?.()
    outbound.idle = undefined
    if (text !== undefined) this.#sendPublish(outbound, text)
    // The expiry that the answer granted is not looked at.
    else outbound.idle = this.#clock.after(this.#options.expirationS * 1000, () => this.#sendPublish(outbound, ''))
  }

  #sendPublish(outbound: Outbound, body: string): void {
    this.#branches += 1
    outbound.branch = `z9hG4bKPj${this.#branches}`
    outbound.sending = body
    const headers: SipHeader[] = [
      { name: 'via', value: `SIP/2.0/UDP 127.0.0.1:5060;rport;branch=${outbound.branch}` },
      { name: 'from', value: '<sip:lampfield@127.0.0.1>;tag=a' },
      { name: 'to', value: '<sip:lampfield@127.0.0.1>' },
      { name: 'call-id', value: `${outbound.package}-${outbound.callId}` },
      { name: 'cseq', value: `${this.#branches} PUBLISH` },
      { name: 'event', value: outbound.package },
      ...(outbound.tag === undefined ? [] : [{ name: 'sip-if-match', value: outbound.tag }]),
      { name: 'expires', value: String(this.#options.expirationS) },
      ...(body === '' ? [] : [{ name: 'content-type', value: 'application/json' }]),
    ]
    const bytes = formatMessage({
      kind: 'request',
      method: 'PUBLISH',
      uri: 'sip:lampfield@127.0.0.1:5070',
      headers,
      body,
    })
    this.sent += 1
    outbound.transaction = new ClientTransaction({
      clock: this.#clock,
      transport: 'udp',
      send: () => this.#toNode(bytes),
      // The message is thrown away, the tag kept.
      timeout: () => this.#finish(outbound),
    })
  }

  #finish(outbound: Outbound): void {
    outbound.transaction?.end()
    outbound.transaction = undefined
    this.#sendNext(outbound)
  }

  #toNode(bytes: Uint8Array): void {
    const origin: Origin = { host: '127.0.0.1', port: 5060, transport: 'udp', stream: undefined }
    this.#clock.after(this.#options.wireMs, () => this.#handlers?.received(bytes, origin))
  }

  #carry(data: Uint8Array): void {
    this.#clock.after(this.#options.wireMs, () => {
      if (!this.isRunning) return
      const reading = parseMessage(data, 'udp')
      if (!reading.ok) throw new Error(`the node sent what cannot be read: ${reading.reason}`)
      this.#receive(reading.value, Buffer.from(data).toString())
    })
  }

  #receive(message: SipMessage, text: string): void {
    if (message.kind === 'response') {
      this.#response(message)
      return
    }
    this.requests.push({ atMs: this.#clock.now(), text })
    if (!this.isBooted) return
    const via = headerOf(message, 'via') ?? ''
    const before = this.#answered.get(via)
    if (before !== undefined) {
      this.#toNode(Buffer.from(before))
      return
    }
    const planned = message.method === 'PUBLISH' ? this.planned.shift() : undefined
    if (planned === 'silence') return
    const answer = planned ?? this.#answer(message)
    const bytes = formatMessage(responseTo(message, answer, 'pbx'))
    this.#answered.set(via, Buffer.from(bytes).toString())
    this.#toNode(bytes)
  }

  #response(response: SipResponse): void {
    const via = headerOf(response, 'via') ?? ''
    const outbound = this.#outbound.find(
      ({ branch, transaction }) => transaction !== undefined && via.includes(`${branch};`),
    )
    if (outbound === undefined) return
    if (response.status < 300) outbound.tag = headerOf(response, 'sip-etag')
    if (response.status === 412) {
      outbound.transaction?.end()
      outbound.tag = undefined
      outbound.callId += 1
      this.#sendPublish(outbound, outbound.sending ?? '')
    } else this.#finish(outbound)
  }

  #answer(request: SipRequest): SipAnswer {
    if (request.method !== 'PUBLISH') return { status: 404 }
    const name = packages.find((known) => known === headerOf(request, 'event'))
    if (name === undefined) return { status: 489 }
    if (!request.uri.startsWith('sip:lampfield@')) return { status: 404 }
    const tag = headerOf(request, 'sip-if-match')
    const expires = headerOf(request, 'expires') ?? '3600'
    if (tag === undefined && request.body === '') return { status: 400 }
    if (tag !== undefined) {
      if (!/^\d+$/.test(tag)) return { status: 400 }
      const known = this.#tags.get(tag)
      if (known?.package !== name || known.untilMs <= this.#clock.now()) return { status: 412 }
      this.#tags.delete(tag)
    }
    const isGood = request.body === '' || this.#take(name, request.body)
    if (!isGood && tag === undefined) return { status: 500 }
    const next = String(this.#nextTag)
    this.#nextTag += 1
    // A bad body in a MODIFY is answered like a good one, but the publication is gone.
    const isHeld = isGood && expires !== '0'
    if (isHeld) this.#tags.set(next, { package: name, untilMs: this.#clock.now() + Number(expires) * 1000 })
    return {
      status: 200,
      headers: [
        { name: 'sip-etag', value: next },
        { name: 'expires', value: expires },
      ],
    }
  }

  /** False where the body is refused. There is no look at whose entity ID it carries. */
  #take(name: Package, text: string): boolean {
    const body = JSON.parse(text) as Readonly<Record<string, string | number>>
    const { type, eid, device, state, cachable, uniqueid } = body
    if (typeof eid !== 'string') return false
    if (type === 'refresh') {
      this.#dump(name)
      return true
    }
    if (name === 'asterisk-mwi') {
      if (type !== 'mailboxstate' || typeof uniqueid !== 'string') return false
      this.#mailbox(uniqueid, { old: Number(body['old']), new: Number(body['new']), eid })
      return true
    }
    if (type !== 'devicestate' || typeof device !== 'string' || typeof state !== 'string') return false
    const value = readDeviceState(state)
    if (eid === this.eid) this.set(device, value, cachable === 1 ? 1 : 0)
    else if (cachable === 1) {
      const devices = this.remote.get(eid) ?? new Map<string, DeviceState>()
      this.remote.set(eid, devices.set(device, value))
    } else this.passed.push(`${eid} ${device} ${value}`)
    return true
  }

  #dump(name: Package): void {
    if (name === 'asterisk-devicestate') {
      for (const [device, state] of this.own) this.#publishDevice(device, state, 1)
      return
    }
    for (const [uniqueid, { old, new: fresh, eid }] of this.mailboxes) {
      if (eid === this.eid) this.#publish(name, { type: 'mailboxstate', uniqueid, old, new: fresh })
    }
  }
}
