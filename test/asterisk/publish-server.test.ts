import { describe, expect, test } from 'vitest'
import type { Body } from '../../src/asterisk/body.ts'
import { PublishServer } from '../../src/asterisk/publish-server.ts'
import { headerOf, type SipAnswer, type SipRequest } from '../../src/asterisk/sip/message.ts'
import { parseMessage } from '../../src/asterisk/sip/parse.ts'
import { VirtualClock } from '../../src/runtime/virtual-clock.ts'
import { capture } from './capture.ts'
import { publishText, type PublishParts } from './sip/messages.ts'

class Setup {
  readonly clock: VirtualClock = new VirtualClock()
  readonly taken: Body[] = []
  readonly counted: string[] = []
  readonly server: PublishServer
  #tokens = 0

  constructor() {
    this.server = new PublishServer({
      clock: this.clock,
      token: () => `run${(this.#tokens += 1)}`,
      take: (body) => this.taken.push(body),
      count: (name) => this.counted.push(name),
    })
  }

  publish(parts: PublishParts = {}): SipAnswer {
    const answer = this.server.serve(requestOf(publishText({ event: 'asterisk-devicestate', ...parts })))
    answer.act?.()
    return answer
  }

  tagOf({ headers = [] }: SipAnswer): string | undefined {
    return headers.find(({ name }) => name === 'sip-etag')?.value
  }
}

function requestOf(text: string): SipRequest {
  const reading = parseMessage(Buffer.from(text), 'udp')
  if (!reading.ok || reading.value.kind !== 'request') throw new Error('no request')
  return reading.value
}

describe('publications of Asterisk', () => {
  test('begin, change, are refreshed and removed, each with a tag of its own', () => {
    const setup = new Setup()
    const initial = setup.tagOf(setup.publish())
    const modified = setup.tagOf(setup.publish({ tag: initial }))
    const refreshed = setup.tagOf(setup.publish({ tag: modified, body: '' }))
    expect(new Set([initial, modified, refreshed, undefined]).size).toBe(4)
    expect(setup.server.publications).toBe(1)
    const removed = setup.publish({ tag: refreshed, body: '', expires: '0' })
    expect(removed).toMatchObject({ status: 200 })
    expect(setup.server.publications).toBe(0)
    expect(setup.counted).toEqual(['in_initial', 'in_modify', 'in_refresh', 'in_remove'])
    expect(setup.taken).toHaveLength(2)
  })

  test('with a tag that was used, or of another run or package, are answered 412 and nothing is taken', () => {
    const setup = new Setup()
    const tag = setup.tagOf(setup.publish())
    setup.publish({ tag })
    for (const wrong of [tag, '0', 'run9-1']) expect(setup.publish({ tag: wrong })).toMatchObject({ status: 412 })
    const other = setup.tagOf(setup.publish({ event: 'asterisk-mwi' }))
    expect(setup.publish({ tag: other })).toMatchObject({ status: 412 })
    expect(setup.taken).toHaveLength(3)
  })

  test('are held for twice the time, since Asterisk refreshes at exactly its end', () => {
    const setup = new Setup()
    const tag = setup.tagOf(setup.publish({ expires: '60' }))
    setup.clock.advance(60_000)
    const next = setup.tagOf(setup.publish({ tag, body: '' }))
    expect(next).toBeDefined()
    setup.clock.advance(120_000)
    expect(setup.publish({ tag: next, body: '' })).toMatchObject({ status: 412 })
  })

  test('without body and tag are accepted: what follows a 412 of a refresh', () => {
    expect(new Setup().publish({ body: '' })).toMatchObject({ status: 200 })
  })

  test('are bounded', () => {
    const setup = new Setup()
    for (let number = 0; number < 1000; number += 1) setup.publish()
    expect(setup.server.publications).toBe(64)
  })

  test.each([
    [{ event: 'presence' }, 489],
    [{ event: 'Asterisk-DeviceState' }, 489],
    [{ type: 'text/plain' }, 415],
    [{ body: '{"type":"refresh"}' }, 400],
    [{ method: 'INVITE' }, 405],
    [{ method: 'CANCEL' }, 481],
  ])('%j is answered %i', (parts, status) => {
    const setup = new Setup()
    expect(setup.publish(parts)).toMatchObject({ status })
    expect(setup.taken).toEqual([])
    expect(setup.counted).toEqual([expect.stringMatching(/^in_refused_/)])
  })

  test('a content type is compared without regard to case and parameters', () => {
    expect(new Setup().publish({ type: 'Application/JSON; charset=utf-8' })).toMatchObject({ status: 200 })
  })

  test('OPTIONS tells what is served', () => {
    const { status, headers } = new Setup().publish({ method: 'OPTIONS' })
    expect(status).toBe(200)
    expect(headers).toContainEqual({ name: 'allow-events', value: 'asterisk-devicestate, asterisk-mwi' })
  })

  test('the capture of two real servers is served: every request that one of them sent', () => {
    const setup = new Setup()
    const tags = new Map<string, string | undefined>()
    for (const { text, source, scene } of capture) {
      if (!text.startsWith('PUBLISH')) continue
      const request = requestOf(text)
      const flow = `${source} ${headerOf(request, 'event')}`
      // What the captured peer had answered is not what this one answers: each flow goes on with its own tag.
      const tag = tags.get(flow)
      const own = { ...request, headers: request.headers.filter(({ name }) => name !== 'sip-if-match') }
      const asked =
        tag === undefined ? own : { ...own, headers: [...own.headers, { name: 'sip-if-match', value: tag }] }
      const answer = setup.server.serve(asked)
      answer.act?.()
      expect(`${scene} ${answer.status}`).toBe(`${scene} 200`)
      tags.set(flow, headerOf(request, 'expires') === '0' ? undefined : setup.tagOf(answer))
    }
    expect(setup.taken.length).toBeGreaterThan(10)
  })
})
