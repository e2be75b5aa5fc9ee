import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { eventPackages, formatBody, parseBody, type Body } from '../../src/asterisk/body.ts'
import type { EntityId } from '../../src/state/entity-id.ts'
import { parseMessage } from '../../src/asterisk/sip/parse.ts'
import { headerOf } from '../../src/asterisk/sip/message.ts'
import { capture } from './capture.ts'

const entity = '02:00:00:00:00:0b' as EntityId
const device: Body = { kind: 'device', entity, device: 'PJSIP/100', state: 'INUSE', cachable: true }

test('bodies are written as Asterisk writes them', () => {
  expect(formatBody({ kind: 'refresh', entity })).toBe('{"type":"refresh","eid":"02:00:00:00:00:0b"}')
  expect(formatBody(device)).toBe(
    '{"type":"devicestate","device":"PJSIP/100","state":"INUSE","cachable":1,"eid":"02:00:00:00:00:0b"}',
  )
  const counts = { newMessages: 2, oldMessages: 1 }
  expect(formatBody({ kind: 'mailbox', entity, mailbox: '100@default', counts })).toBe(
    '{"type":"mailboxstate","uniqueid":"100@default","old":1,"new":2,"eid":"02:00:00:00:00:0b"}',
  )
})

test('every body of the capture is read, and written again alike', () => {
  let bodies = 0
  for (const { text } of capture) {
    const reading = parseMessage(Buffer.from(text), 'udp')
    if (!reading.ok || reading.value.kind !== 'request' || reading.value.body === '') continue
    const eventPackage = eventPackages.find((name) => name === headerOf(reading.value, 'event'))
    const body = parseBody(eventPackage!, reading.value.body)
    if (!body.ok) throw new Error(body.reason)
    expect(formatBody(body.value)).toBe(reading.value.body)
    bodies += 1
  }
  expect(bodies).toBeGreaterThan(10)
})

describe('what Asterisk would take is read alike', () => {
  test.each([
    ['true', false],
    ['"1"', false],
    ['2', false],
    ['1', true],
    ['0', false],
  ])('cachable %s', (written, cachable) => {
    const text = formatBody(device).replace('"cachable":1', `"cachable":${written}`)
    expect(parseBody('asterisk-devicestate', text)).toEqual({ ok: true, value: { ...device, cachable } })
  })

  test('states in any case, unknown ones as UNKNOWN, counts that are none as 0', () => {
    const read = (state: string): unknown =>
      parseBody('asterisk-devicestate', formatBody(device).replace('INUSE', state))
    expect(read('busy')).toMatchObject({ value: { state: 'BUSY' } })
    expect(read('In use')).toMatchObject({ value: { state: 'UNKNOWN' } })
    const text = '{"type":"mailboxstate","uniqueid":"100","old":-3,"new":"x","eid":"02:00:00:00:00:0B","more":[]}'
    expect(parseBody('asterisk-mwi', text)).toMatchObject({
      value: { mailbox: '100', entity, counts: { newMessages: 0, oldMessages: 0 } },
    })
  })
})

test.each([
  ['not JSON', '{', 'body-not-json'],
  ['a list', '[]', 'body-not-an-object'],
  ['no entity ID', '{"type":"refresh"}', 'body-eid-invalid'],
  ['a bad entity ID', '{"type":"refresh","eid":"zz"}', 'body-eid-invalid'],
  ['no type', `{"eid":"${entity}"}`, 'body-type-unknown'],
  ['the other package', `{"type":"mailboxstate","eid":"${entity}"}`, 'body-of-other-package'],
  ['an empty device', `{"type":"devicestate","device":"","state":"BUSY","eid":"${entity}"}`, 'body-device-invalid'],
  [
    'a device over the bound',
    `{"type":"devicestate","device":"${'x'.repeat(600)}","state":"BUSY","eid":"${entity}"}`,
    'body-device-invalid',
  ],
  ['no state', `{"type":"devicestate","device":"a","eid":"${entity}"}`, 'body-state-invalid'],
])('%s is refused by name', (_name, text, reason) => {
  expect(parseBody('asterisk-devicestate', text)).toEqual({ ok: false, reason })
})

test('any text and any JSON give a body or a named reason', () => {
  const field = fc.oneof(
    fc.string(),
    fc.integer(),
    fc.constant(null),
    fc.constantFrom('devicestate', 'mailboxstate', entity),
  )
  const names = fc.constantFrom('type', 'eid', 'device', 'state', 'cachable', 'uniqueid', 'old', 'new', '__proto__')
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.json(),
        fc.dictionary(names, field).map((some) => JSON.stringify(some)),
      ),
      (text) => {
        for (const eventPackage of eventPackages) {
          const read = parseBody(eventPackage, text)
          if (!read.ok) expect(read.reason).toMatch(/^body-[a-z-]+$/)
        }
      },
    ),
    { numRuns: 1000 },
  )
})
