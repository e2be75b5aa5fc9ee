import { describe, expect, test } from 'vitest'
import { parseBody, type Body, type DeviceBody } from '../../src/asterisk/body.ts'
import { Publisher } from '../../src/asterisk/publisher.ts'
import type { Outcome, RequestDraft } from '../../src/asterisk/sip/endpoint.ts'
import type { SipHeader } from '../../src/asterisk/sip/message.ts'
import { VirtualClock } from '../../src/runtime/virtual-clock.ts'
import type { DeviceState } from '../../src/state/device-state.ts'
import type { EntityId } from '../../src/state/entity-id.ts'

const entity = '02:00:00:00:00:0b' as EntityId
const bodyOf = (device: string, state: DeviceState = 'INUSE'): DeviceBody => ({
  kind: 'device',
  entity,
  device,
  state,
  cachable: true,
})

interface Asked {
  readonly atMs: number
  readonly draft: RequestDraft
  readonly answer: (status: number, headers?: Readonly<Record<string, string>>) => void
  readonly end: (outcome: Outcome) => void
}

class Setup {
  readonly clock: VirtualClock = new VirtualClock()
  readonly asked: Asked[] = []
  readonly delivered: string[] = []
  readonly troubles: (string | undefined)[] = []
  readonly counted: string[] = []
  readonly publisher: Publisher
  #tokens = 0

  constructor(publicationsMax = 1, credentials?: { username: string; password: string }) {
    this.publisher = new Publisher({
      eventPackage: 'asterisk-devicestate',
      clock: this.clock,
      uri: 'sip:lampfield@127.0.0.1:5060',
      expiresS: 60,
      credentials,
      publicationsMax,
      token: () => `t${(this.#tokens += 1)}`,
      count: (name) => this.counted.push(name),
      leaving: () => {},
      delivered: (slot) => this.delivered.push(slot),
      trouble: (sentence) => this.troubles.push(sentence),
      request: (draft, done) => {
        const end = (outcome: Outcome): void => done(outcome)
        const answer: Asked['answer'] = (status, headers = {}) => {
          const list = Object.entries(headers).map(([name, value]): SipHeader => ({ name, value }))
          end({ kind: 'response', response: { kind: 'response', status, reason: 'x', headers: list, body: '' } })
        }
        this.asked.push({ atMs: this.clock.now(), draft, answer, end })
        return () => {}
      },
    })
    this.publisher.open()
  }

  get last(): Asked {
    const asked = this.asked.at(-1)
    if (asked === undefined) throw new Error('nothing was asked')
    return asked
  }

  header(asked: Asked, name: string): string | undefined {
    return asked.draft.headers.find((header) => header.name === name)?.value
  }

  body(asked: Asked): Body {
    const read = parseBody('asterisk-devicestate', asked.draft.body)
    if (!read.ok) throw new Error(read.reason)
    return read.value
  }

  say(device: string, state?: DeviceState): void {
    this.publisher.put(device, bodyOf(device, state))
  }
}

describe('a publication', () => {
  test('goes on with the tag of the last answer, of which the first is the text 0', () => {
    const setup = new Setup()
    setup.say('a')
    expect(setup.header(setup.last, 'sip-if-match')).toBeUndefined()
    setup.last.answer(200, { 'sip-etag': '0', expires: '60' })
    setup.say('b')
    expect(setup.header(setup.last, 'sip-if-match')).toBe('0')
    expect(setup.header(setup.last, 'event')).toBe('asterisk-devicestate')
    expect(setup.header(setup.last, 'expires')).toBe('60')
    setup.last.answer(200)
    setup.say('c')
    expect(setup.header(setup.last, 'sip-if-match')).toBeUndefined()
    expect(setup.delivered).toEqual(['a', 'b'])
  })

  test('after 412 says the same again as a new one, with a new Call-ID', () => {
    const setup = new Setup()
    setup.say('a')
    setup.last.answer(200, { 'sip-etag': '7' })
    const before = setup.header(setup.last, 'call-id')
    setup.say('b')
    setup.last.answer(412)
    expect(setup.body(setup.last)).toMatchObject({ device: 'b' })
    expect(setup.header(setup.last, 'sip-if-match')).toBeUndefined()
    expect(setup.header(setup.last, 'call-id')).not.toBe(before)
    setup.last.answer(200, { 'sip-etag': '0' })
    expect(setup.delivered).toEqual(['a', 'b'])
  })

  test('after 423 asks for the time that is wanted; without one, or for an absurd one, it is a failure', () => {
    const setup = new Setup()
    setup.say('a')
    setup.last.answer(423, { 'min-expires': '600' })
    expect(setup.header(setup.last, 'expires')).toBe('600')
    setup.last.answer(423, { 'min-expires': '4294967295' })
    expect(setup.asked).toHaveLength(2)
    expect(setup.troubles.at(-1)).toContain('423')
  })

  test('answers a challenge once, keeps its nonce in use, and tells the remedy where it cannot', () => {
    const challenge = { 'www-authenticate': 'Digest realm="asterisk",nonce="n1",qop="auth",algorithm=MD5' }
    const setup = new Setup(1, { username: 'u', password: 'p' })
    setup.say('a')
    setup.last.answer(401, challenge)
    expect(setup.header(setup.last, 'authorization')).toMatch(/nonce="n1".*nc=00000001/)
    setup.last.answer(200, { 'sip-etag': '0' })
    setup.say('b')
    expect(setup.header(setup.last, 'authorization')).toMatch(/nc=00000002/)
    setup.last.answer(401, { 'www-authenticate': 'Digest realm="asterisk",nonce="n2",stale=true' })
    expect(setup.header(setup.last, 'authorization')).toContain('nonce="n2"')
    setup.last.answer(401, challenge)
    expect(setup.troubles.at(-1)).toContain('set username and password in [asterisk]')
    const bare = new Setup()
    bare.say('a')
    bare.last.answer(401, challenge)
    expect(bare.asked).toHaveLength(1)
    expect(bare.troubles.at(-1)).toContain('set username and password in [asterisk]')
  })

  test('is refreshed without a body before it expires, and begins anew where it is gone', () => {
    const setup = new Setup()
    setup.say('a')
    setup.last.answer(200, { 'sip-etag': '3' })
    setup.clock.advance(45_000)
    expect(setup.last.draft.body).toBe('')
    expect(setup.header(setup.last, 'sip-if-match')).toBe('3')
    setup.last.answer(412)
    setup.say('b')
    expect(setup.header(setup.last, 'sip-if-match')).toBeUndefined()
    expect(setup.body(setup.last)).toMatchObject({ device: 'b' })
  })
})

describe('the queue', () => {
  test('holds the last value of each device, and has one of it on its way', () => {
    const setup = new Setup(4)
    setup.say('a', 'INUSE')
    setup.say('a', 'BUSY')
    setup.say('a', 'RINGING')
    expect(setup.asked).toHaveLength(1)
    expect(setup.publisher.backlog).toBe(2)
    setup.last.answer(200, { 'sip-etag': '0' })
    expect(setup.body(setup.last)).toMatchObject({ device: 'a', state: 'RINGING' })
    setup.last.answer(200, { 'sip-etag': '1' })
    expect(setup.asked).toHaveLength(2)
    expect(setup.publisher.backlog).toBe(0)
  })

  test('goes out over several publications where there is more than one can carry', () => {
    const setup = new Setup(3)
    for (const device of ['a', 'b', 'c', 'd']) setup.say(device)
    expect(setup.asked).toHaveLength(3)
    expect(new Set(setup.asked.map((asked) => setup.header(asked, 'call-id'))).size).toBe(3)
    setup.asked[1]?.answer(200, { 'sip-etag': '0' })
    expect(setup.body(setup.last)).toMatchObject({ device: 'd' })
    expect(setup.header(setup.last, 'sip-if-match')).toBe('0')
  })

  test.each([404, 489, 503, 403])('%i keeps the value and asks again, ever more slowly', (status) => {
    const setup = new Setup()
    setup.say('a')
    const times: number[] = []
    for (let turn = 0; turn < 5; turn += 1) {
      setup.last.answer(status)
      const before = setup.asked.length
      setup.clock.runUntil(() => setup.asked.length > before, 60_000)
      times.push(setup.last.atMs)
    }
    expect(times).toEqual([500, 1500, 3500, 7500, 15_500])
    setup.say('a', 'BUSY')
    setup.last.answer(200, { 'sip-etag': '0' })
    expect(setup.body(setup.last)).toMatchObject({ state: 'BUSY' })
    expect(setup.troubles.at(-1)).toBeUndefined()
  })

  test('503 waits at least as long as it says', () => {
    const setup = new Setup()
    setup.say('a')
    setup.last.answer(503, { 'retry-after': '20;duration=5' })
    setup.clock.advance(19_999)
    expect(setup.asked).toHaveLength(1)
    setup.clock.advance(1)
    expect(setup.asked).toHaveLength(2)
  })

  test('500 three times in a row gives the value up, and not the others', () => {
    const setup = new Setup()
    setup.say('bad')
    setup.say('good')
    for (let turn = 0; turn < 20 && setup.publisher.backlog > 0; turn += 1) {
      const body = setup.body(setup.last)
      setup.last.answer(body.kind === 'device' && body.device === 'bad' ? 500 : 200, { 'sip-etag': '0' })
      setup.clock.advance(30_000)
    }
    expect(setup.delivered).toEqual(['good'])
    expect(setup.counted.filter((name) => name === 'out_given_up')).toHaveLength(1)
  })

  test('silence keeps the value and forgets the tag', () => {
    const setup = new Setup()
    setup.say('a')
    setup.last.answer(200, { 'sip-etag': '5' })
    setup.say('b')
    setup.last.end({ kind: 'timeout' })
    setup.clock.advance(500)
    expect(setup.body(setup.last)).toMatchObject({ device: 'b' })
    expect(setup.header(setup.last, 'sip-if-match')).toBeUndefined()
  })

  test('while Asterisk is away nothing is sent, and what was on its way waits again', () => {
    const setup = new Setup()
    setup.say('a', 'INUSE')
    setup.say('b')
    setup.publisher.close()
    setup.say('a', 'BUSY')
    expect(setup.asked).toHaveLength(1)
    expect(setup.publisher.backlog).toBe(2)
    setup.publisher.open()
    for (let turn = 0; turn < 2; turn += 1) setup.last.answer(200, { 'sip-etag': String(turn) })
    expect(setup.asked.slice(1).map((asked) => setup.body(asked))).toEqual([bodyOf('b'), bodyOf('a', 'BUSY')])
  })

  test('what is withdrawn on its way is not said again', () => {
    const setup = new Setup()
    setup.say('a')
    setup.publisher.withdraw('a')
    setup.publisher.close()
    setup.publisher.open()
    expect(setup.publisher.backlog).toBe(0)
    setup.say('b')
    setup.publisher.withdraw('b')
    setup.last.answer(503)
    expect(setup.publisher.backlog).toBe(0)
    setup.clock.advance(60_000)
    expect(setup.asked).toHaveLength(2)
  })

  test('passing events are said soon or never', () => {
    const setup = new Setup()
    setup.say('a')
    for (let number = 0; number < 300; number += 1) setup.publisher.pass({ ...bodyOf(`p${number}`), cachable: false })
    expect(setup.counted.filter((name) => name === 'out_passing_dropped')).toHaveLength(44)
    setup.publisher.close()
    setup.publisher.pass({ ...bodyOf('late'), cachable: false })
    setup.publisher.open()
    expect(setup.body(setup.last)).toMatchObject({ device: 'a' })
    setup.last.answer(200, { 'sip-etag': '0' })
    expect(setup.asked).toHaveLength(2)
  })
})
