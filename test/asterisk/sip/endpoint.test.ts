import { describe, expect, test } from 'vitest'
import { Endpoint, type Outcome } from '../../../src/asterisk/sip/endpoint.ts'
import { headerOf, responseTo, type SipRequest } from '../../../src/asterisk/sip/message.ts'
import { formatMessage } from '../../../src/asterisk/sip/format.ts'
import { sipLimits } from '../../../src/asterisk/sip/limits.ts'
import { parseMessage } from '../../../src/asterisk/sip/parse.ts'
import type { Transport } from '../../../src/asterisk/sip/wire.ts'
import { seededRandom } from '../../../src/runtime/random.ts'
import { VirtualClock } from '../../../src/runtime/virtual-clock.ts'
import { publishText, withLine } from './messages.ts'
import { ScriptedWire } from './scripted-wire.ts'

const draft = {
  method: 'PUBLISH',
  uri: 'sip:x@127.0.0.1:5060',
  headers: [
    { name: 'from', value: '<sip:x@127.0.0.1>;tag=1' },
    { name: 'to', value: '<sip:x@127.0.0.1>' },
    { name: 'call-id', value: 'c' },
    { name: 'cseq', value: '1 PUBLISH' },
  ],
  body: '{}',
}

class Setup {
  readonly clock: VirtualClock = new VirtualClock()
  readonly wire: ScriptedWire = new ScriptedWire(this.clock)
  readonly counted: string[] = []
  readonly served: SipRequest[] = []
  readonly outcomes: Outcome[] = []
  heard = 0
  /** What is to be done about a request. */
  act: (() => void) | undefined
  readonly endpoint: Endpoint

  constructor(transport: Transport = 'udp') {
    this.endpoint = new Endpoint({
      wire: this.wire,
      clock: this.clock,
      random: seededRandom(1),
      local: { host: '127.0.0.1', port: 5070 },
      remote: { host: '127.0.0.1', port: 5060 },
      transport,
      isPeer: ({ host }) => host === '127.0.0.1',
      serve: (request) => {
        this.served.push(request)
        const headers = [{ name: 'sip-etag', value: `t${this.served.length}` }]
        return { status: 200, headers, ...(this.act === undefined ? {} : { act: this.act }) }
      },
      heard: () => (this.heard += 1),
      count: (name) => this.counted.push(name),
    })
    void this.endpoint.start()
  }

  send(): () => void {
    return this.endpoint.request(draft, (outcome) => this.outcomes.push(outcome))
  }

  /** What the peer would answer to a request. */
  answerTo(text: string, status: number): string {
    const reading = parseMessage(Buffer.from(text), 'udp')
    if (!reading.ok || reading.value.kind !== 'request') throw new Error('no request was sent')
    return Buffer.from(formatMessage(responseTo(reading.value, { status }, 'peer'))).toString()
  }
}

describe('a request of our own', () => {
  test('over UDP is sent again at 0.5, 1.5, 3.5, 7.5 s and then each 4 s, and given up after 32 s (timers E and F)', () => {
    const setup = new Setup()
    setup.send()
    setup.clock.advance(40_000)
    const times = setup.wire.sent.map(({ atMs }) => atMs)
    expect(times).toEqual([0, 500, 1500, 3500, 7500, 11_500, 15_500, 19_500, 23_500, 27_500, 31_500])
    expect(new Set(setup.wire.sent.map(({ text }) => text)).size).toBe(1)
    expect(setup.outcomes).toEqual([{ kind: 'timeout' }])
    expect(setup.endpoint.pending).toBe(0)
    expect(setup.clock.pending).toBe(0)
  })

  test('over TCP is sent once, and lost with its stream', () => {
    const setup = new Setup('tcp')
    setup.send()
    setup.send()
    setup.clock.advance(3000)
    expect(setup.wire.sent).toHaveLength(2)
    setup.wire.lose()
    setup.clock.advance(1)
    expect(setup.outcomes).toEqual([{ kind: 'lost' }, { kind: 'lost' }])
  })

  test('ends with its final response, once; a provisional one makes it patient', () => {
    const setup = new Setup()
    setup.send()
    const [{ text } = { text: '' }] = setup.wire.sent
    setup.wire.receive(setup.answerTo(text, 100))
    setup.clock.advance(4600)
    expect(setup.wire.sent.map(({ atMs }) => atMs)).toEqual([0, 500, 4500])
    for (let turn = 0; turn < 3; turn += 1) setup.wire.receive(setup.answerTo(text, 412))
    setup.clock.advance(60_000)
    expect(setup.outcomes).toMatchObject([{ kind: 'response', response: { status: 412 } }])
    expect(setup.counted).toEqual(['sip_stray_responses', 'sip_stray_responses'])
    expect(setup.clock.pending).toBe(0)
  })

  test('names itself in Via by transport, place and a branch of its own', () => {
    const setup = new Setup('tcp')
    setup.send()
    setup.send()
    const vias = setup.wire.sent.map(({ text }) => /^Via: (.*)\r$/m.exec(text)?.[1] ?? '')
    for (const via of vias) expect(via).toMatch(/^SIP\/2\.0\/TCP 127\.0\.0\.1:5070;rport;branch=z9hG4bK/)
    expect(new Set(vias).size).toBe(2)
  })

  test('can be forgotten', () => {
    const setup = new Setup()
    setup.send()()
    setup.clock.advance(60_000)
    expect(setup.outcomes).toEqual([])
    expect(setup.wire.sent).toHaveLength(1)
  })

  test('is refused at once where too many are on their way', () => {
    const setup = new Setup()
    for (let index = 0; index <= sipLimits.requestsMax; index += 1) setup.send()
    setup.clock.advance(1)
    expect(setup.outcomes).toEqual([{ kind: 'lost' }])
  })
})

describe('a request of the peer', () => {
  test('is served once and answered each time it comes (timer J)', () => {
    const setup = new Setup()
    for (let turn = 0; turn < 3; turn += 1) {
      setup.wire.receive(publishText({}))
      setup.clock.advance(500)
    }
    expect(setup.served).toHaveLength(1)
    expect(new Set(setup.wire.sent.map(({ text }) => text)).size).toBe(1)
    expect(setup.wire.sent).toHaveLength(3)
    expect(setup.counted).toEqual(['sip_requests_again', 'sip_requests_again'])
    setup.clock.advance(32_000)
    setup.wire.receive(publishText({}))
    setup.clock.advance(1)
    expect(setup.served).toHaveLength(2)
  })

  test('after quiet is acted on before it is answered, with all that is put off to the end of the turn; in a row the answer goes first', () => {
    const setup = new Setup()
    const order: string[] = []
    setup.wire.peer = () => order.push('answered')
    setup.act = () => {
      order.push('acted')
      setup.clock.after(0, () => order.push(`${setup.wire.sent.length} sent at the end of the turn`))
    }
    const come = (branch: string): string[] => {
      setup.wire.receive(publishText({ branch }))
      setup.clock.advance(2)
      return order.splice(0)
    }
    expect(come('z9hG4bK1')).toEqual(['acted', '0 sent at the end of the turn', 'answered'])
    expect(come('z9hG4bK2')).toEqual(['acted', '2 sent at the end of the turn', 'answered'])
    setup.clock.advance(10)
    expect(come('z9hG4bK3')).toEqual(['acted', '2 sent at the end of the turn', 'answered'])
  })

  test('that comes again before it is answered is neither served nor answered again', () => {
    const setup = new Setup()
    setup.act = () => {}
    for (let turn = 0; turn < 3; turn += 1) setup.wire.receive(publishText({}))
    setup.clock.advance(2)
    expect(setup.served).toHaveLength(1)
    expect(setup.wire.sent).toHaveLength(1)
    expect(setup.counted).toEqual(['sip_requests_again', 'sip_requests_again'])
    setup.wire.receive(publishText({}))
    setup.clock.advance(2)
    expect(setup.wire.sent).toHaveLength(2)
    expect(setup.wire.sent[1]?.text).toBe(setup.wire.sent[0]?.text)
  })

  test('is told from another by its branch', () => {
    const setup = new Setup()
    for (const branch of ['z9hG4bK1', 'z9hG4bK2']) setup.wire.receive(publishText({ branch }))
    setup.clock.advance(1)
    expect(setup.served).toHaveLength(2)
  })

  test('is answered to where it came from, which Via then tells', () => {
    const setup = new Setup()
    setup.wire.receive(publishText({}), { port: 40_000 })
    setup.clock.advance(1)
    expect(setup.wire.sent[0]?.text).toContain(';rport=40000;branch=z9hG4bKPj1;received=127.0.0.1\r\n')
  })

  test('that is malformed is answered 400 where that is possible, counted, and not served', () => {
    const setup = new Setup()
    setup.wire.receive(withLine('Expires', 'Expires: soon'))
    setup.wire.receive(withLine('CSeq', undefined))
    setup.wire.receive('\0\0\0')
    setup.wire.receive('\r\n\r\n')
    setup.clock.advance(1)
    expect(setup.served).toEqual([])
    expect(setup.wire.sent.map(({ text }) => text.split('\r\n')[0])).toEqual(['SIP/2.0 400 Bad Request'])
    expect(setup.counted).toEqual(['sip_refused_expires_malformed', 'sip_refused_cseq_missing'])
  })

  test('of a strange address is not even read', () => {
    const setup = new Setup()
    setup.wire.receive(publishText({}), { host: '192.0.2.1' })
    setup.clock.advance(1)
    expect(setup.wire.sent).toEqual([])
    expect(setup.heard).toBe(0)
    expect(setup.counted).toEqual(['sip_refused_foreign_address'])
  })

  test('ACK is never answered', () => {
    const setup = new Setup()
    setup.wire.receive(publishText({ method: 'ACK' }))
    setup.clock.advance(1)
    expect(setup.wire.sent).toEqual([])
  })

  test('answers kept are bounded', () => {
    const setup = new Setup()
    for (let number = 0; number < sipLimits.answersKeptMax + 10; number += 1) {
      setup.wire.receive(publishText({ branch: `z9hG4bK${number}` }))
    }
    setup.clock.advance(1)
    setup.wire.receive(publishText({ branch: 'z9hG4bK0' }))
    setup.wire.receive(publishText({ branch: `z9hG4bK${sipLimits.answersKeptMax}` }))
    setup.clock.advance(1)
    expect(setup.served).toHaveLength(sipLimits.answersKeptMax + 11)
    expect(headerOf(setup.served[0]!, 'event')).toBe('asterisk-mwi')
  })
})
