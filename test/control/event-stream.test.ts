import { setMaxListeners } from 'node:events'
import { connect } from 'node:net'
import { expect, test } from 'vitest'
import { EventStream } from '../../src/control/event-stream.ts'
import type { EndEvent, SnapshotEvent, StreamedEvent } from '../../src/control/shapes.ts'
import { sseForm } from '../../src/control/stream-form.ts'
import { VirtualClock } from '../../src/runtime/virtual-clock.ts'
import { controlSetup, loopback, type ControlSetup } from './control-setup.ts'
import { entityB } from './fake-node.ts'

type Seen = StreamedEvent | SnapshotEvent | EndEvent

async function take(events: AsyncIterable<Seen>, count: number): Promise<Seen[]> {
  const seen: Seen[] = []
  for await (const event of events) {
    seen.push(event)
    if (seen.length === count) break
  }
  return seen
}

/** Resolves when the node's counters say so; each look is a request, so no time is guessed. */
async function until(setup: ControlSetup, holds: (stats: Readonly<Record<string, number>>) => boolean): Promise<void> {
  while (!holds(await setup.client.stats()));
}

test('changes arrive in order, with who caused them', async () => {
  await using setup = await controlSetup()
  const events = await setup.client.events()
  setup.node.change('device_state', 'Custom:x', 'INUSE')
  setup.node.change('device_state', 'Custom:x', 'BUSY', entityB)
  setup.node.change('mwi', '100@default', { newMessages: 1, oldMessages: 0 })
  expect(await take(events, 3)).toMatchObject([
    { type: 'change', channel: 'device_state', key: 'Custom:x', before: null, after: 'INUSE', byName: 'pbx-a' },
    { type: 'change', before: 'INUSE', after: 'BUSY', by: entityB, byName: 'pbx-b' },
    { type: 'change', channel: 'mwi', key: '100@default', after: { newMessages: 1, oldMessages: 0 } },
  ])
})

test('a subscriber gets the channel, keys and kinds it asked for', async () => {
  await using setup = await controlSetup()
  const keyed = await setup.client.events({ channel: 'device_state', pattern: 'Custom:*', types: ['change'] })
  const entries = await setup.client.events({ types: ['entry', 'member', 'alarm'] })
  setup.node.change('device_state', 'PJSIP/alice', 'INUSE')
  setup.node.change('mwi', 'Custom:x', { newMessages: 1, oldMessages: 0 })
  setup.node.tell('member', { entity: entityB, name: 'pbx-b', from: undefined, to: 'alive', restarted: false })
  setup.node.tell('alarm', { kind: 'cloned-entity', entity: entityB, sentence: 'two of one', phase: 'begun' })
  setup.node.change('device_state', 'Custom:x', 'INUSE')
  expect(await take(keyed, 1)).toMatchObject([{ type: 'change', key: 'Custom:x', channel: 'device_state' }])
  expect(await take(entries, 5)).toMatchObject([
    { type: 'entry', key: 'PJSIP/alice', entityName: 'pbx-a' },
    { type: 'entry', key: 'Custom:x' },
    { type: 'member', name: 'pbx-b', from: null, to: 'alive' },
    { type: 'alarm', kind: 'cloned-entity', sentence: 'two of one' },
    { type: 'entry', key: 'Custom:x' },
  ])
})

test('the first event after quiet leaves at once, those within the time that was asked for in one piece', () => {
  const clock = new VirtualClock()
  const written: string[] = []
  const sink = {
    write: (text: string) => void written.push(text),
    ping: () => {},
    whenTaken: () => {},
    waitingBytes: () => 0,
    end: () => {},
    destroy: () => {},
    onClose: () => {},
  }
  const filter = { types: new Set(['change'] as const), channel: undefined, matches: () => true }
  const stream = new EventStream({
    sink,
    form: sseForm('run'),
    filter,
    gatherMs: 100,
    clock,
    lastNumber: () => 0,
    onLag: () => {},
    onEnd: () => {},
  })
  for (const text of ['a', 'b', 'c']) stream.write(text)
  expect(written).toEqual(['a'])
  clock.advance(99)
  expect(written).toEqual(['a'])
  clock.advance(1)
  expect(written).toEqual(['a', 'bc'])
  stream.write('d')
  clock.advance(100)
  expect(written).toEqual(['a', 'bc', 'd'])
  clock.advance(100)
  stream.write('e')
  expect(written).toEqual(['a', 'bc', 'd', 'e'])
})

test('a time to gather in that is none is refused', async () => {
  await using setup = await controlSetup({ http: loopback })
  for (const wrong of ['-1', '1001', 'long']) {
    const answer = await fetch(`${setup.server.url}/api/v1/events?gatherMs=${wrong}`)
    expect([wrong, answer.status, answer.headers.get('content-type')]).toEqual([
      wrong,
      400,
      'application/problem+json; charset=utf-8',
    ])
  }
})

test('a snapshot comes in parts and is never undone by a change that overtakes it', async () => {
  await using setup = await controlSetup()
  for (let at = 0; at < 1200; at += 1) setup.node.change('device_state', `Custom:${at}`, 'NOT_INUSE')
  const events = await setup.client.events({ snapshot: true, channel: 'device_state', pattern: 'Custom:*' })
  setup.node.change('device_state', 'Custom:999', 'INUSE')
  const state = new Map<string, unknown>()
  let last = false
  let changed = false
  for await (const event of events) {
    if (event.type === 'snapshot') {
      expect(event.values.length).toBeLessThanOrEqual(500)
      for (const { key, value } of event.values) state.set(key, value)
      last = !event.more
    }
    if (event.type === 'change') {
      state.set(event.key, event.after)
      changed = true
    }
    if (last && changed) break
  }
  expect(state.size).toBe(1200)
  expect(state.get('Custom:999')).toBe('INUSE')
})

test('an empty snapshot is still told', async () => {
  await using setup = await controlSetup()
  const events = await setup.client.events({ snapshot: true, channel: 'mwi' })
  expect(await take(events, 1)).toEqual([{ type: 'snapshot', channel: 'mwi', values: [], more: false }])
})

test('a subscriber that does not read is dropped and counted', async () => {
  await using setup = await controlSetup()
  const lazy = connect(setup.server.socketPath)
  lazy.pause()
  lazy.write('GET /api/v1/events HTTP/1.1\r\nhost: x\r\n\r\n')
  const closed = new Promise((resolve) => {
    lazy.on('close', resolve)
    lazy.on('error', resolve)
  })
  await until(setup, (stats) => stats['event_streams_open'] === 1)
  const reading = await setup.client.events({ pattern: 'Custom:last' })
  const device = `Custom:${'x'.repeat(200)}`
  for (let at = 0; at < 20_000; at += 1) setup.node.change('device_state', device, at % 2 === 0 ? 'INUSE' : 'BUSY')
  setup.node.change('device_state', 'Custom:last', 'INUSE')
  expect(await take(reading, 1)).toMatchObject([{ key: 'Custom:last' }])
  await until(setup, (stats) => stats['event_streams_dropped'] === 1 && stats['event_streams_open'] === 0)
  lazy.resume()
  await closed
})

test('a subscriber that leaves is forgotten, and the number of streams is bounded', async () => {
  await using setup = await controlSetup()
  const leaving = new AbortController()
  setMaxListeners(0, leaving.signal)
  for (let at = 0; at < 64; at += 1) await setup.client.events({ signal: leaving.signal })
  await expect(setup.client.events()).rejects.toMatchObject({ code: 'limit-reached' })
  leaving.abort()
  await until(setup, (stats) => stats['event_streams_open'] === 0)
  expect((await setup.client.stats())['event_streams_dropped']).toBe(0)
})
