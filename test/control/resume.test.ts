import { get, type IncomingMessage } from 'node:http'
import { connect } from 'node:net'
import { expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { controlSetup, loopback, type ControlSetup } from './control-setup.ts'

interface Block {
  readonly id: string | undefined
  readonly event: string | undefined
  readonly data: Readonly<Record<string, unknown>> | undefined
}

/** A subscriber that reads blocks of server-sent events one by one. */
class Reader implements AsyncDisposable {
  readonly #response: IncomingMessage
  readonly #blocks: Block[] = []
  #text = ''
  #wake: () => void = () => {}

  private constructor(response: IncomingMessage) {
    this.#response = response
    response.setEncoding('utf8')
    response.on('error', () => {})
    response.on('data', (part: string) => {
      const blocks = (this.#text + part).split('\n\n')
      this.#text = blocks.pop() ?? ''
      this.#blocks.push(...blocks.map(blockOf).filter(({ id, event }) => id !== undefined || event !== undefined))
      this.#wake()
    })
  }

  static open(setup: ControlSetup, query: string, lastEventId?: string): Promise<Reader> {
    const headers = lastEventId === undefined ? {} : { 'last-event-id': lastEventId }
    return new Promise((resolve, reject) => {
      const asked = get(`${setup.server.url}/api/v1/events?${query}`, { headers, agent: false }, (response) =>
        resolve(new Reader(response)),
      )
      asked.on('error', reject)
    })
  }

  async next(): Promise<Block> {
    for (;;) {
      const block = this.#blocks.shift()
      if (block !== undefined) return block
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
  }

  async take(count: number): Promise<Block[]> {
    const taken: Block[] = []
    while (taken.length < count) taken.push(await this.next())
    return taken
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#response.destroy()
  }
}

function blockOf(text: string): Block {
  const field = (name: string): string | undefined =>
    text
      .split('\n')
      .find((line) => line.startsWith(`${name}: `))
      ?.slice(name.length + 2)
  const data = field('data')
  return {
    id: field('id'),
    event: field('event'),
    data: data === undefined ? undefined : (JSON.parse(data) as Record<string, unknown>),
  }
}

const keysOf = (blocks: readonly Block[]): unknown[] => blocks.map(({ data }) => data?.['key'])

test('whoever comes back gets what it missed, and nothing twice', async () => {
  await using setup = await controlSetup({ http: loopback })
  await using first = await Reader.open(setup, 'pattern=Custom:*')
  const greeting = await first.next()
  setup.node.change('device_state', 'Custom:1', 'INUSE')
  setup.node.change('device_state', 'Custom:2', 'INUSE')
  const [one, two] = await first.take(2)
  expect(keysOf([one!, two!])).toEqual(['Custom:1', 'Custom:2'])
  await first[Symbol.asyncDispose]()
  setup.node.change('device_state', 'PJSIP/other', 'INUSE')
  setup.node.change('device_state', 'Custom:3', 'INUSE')
  await using again = await Reader.open(setup, 'pattern=Custom:*', one!.id)
  const missed = await again.take(2)
  expect(keysOf(missed)).toEqual(['Custom:2', 'Custom:3'])
  setup.node.change('device_state', 'Custom:4', 'INUSE')
  expect(await again.next()).toMatchObject({ event: 'change', data: { key: 'Custom:4' } })
  await using fromStart = await Reader.open(setup, `pattern=Custom:*&lastEventId=${greeting.id}`)
  expect(keysOf(await fromStart.take(4))).toEqual(['Custom:1', 'Custom:2', 'Custom:3', 'Custom:4'])
})

test.each(['0-1', 'nonsense', '-', 'x-y'])(
  'a number of another run, such as "%s", is answered with a reset',
  async (id) => {
    await using setup = await controlSetup({ http: loopback })
    setup.node.change('device_state', 'Custom:x', 'INUSE')
    await using reader = await Reader.open(setup, 'channel=device_state', id)
    expect(await reader.take(2)).toMatchObject([
      { event: 'reset' },
      {
        event: 'snapshot',
        data: { values: [{ key: 'Custom:x', value: 'INUSE', from: setup.node.entity }], more: false },
      },
    ])
  },
)

test('who missed more than is kept begins anew with a snapshot, and can come back from there', async () => {
  await using setup = await controlSetup({ http: loopback })
  await using first = await Reader.open(setup, 'channel=device_state')
  const { id } = await first.next()
  for (let at = 0; at < 9000; at += 1)
    setup.node.change('device_state', `Custom:${at % 1200}`, at % 2 ? 'INUSE' : 'BUSY')
  await using again = await Reader.open(setup, 'channel=device_state', id)
  expect(await again.next()).toMatchObject({ event: 'reset' })
  const parts = await again.take(3)
  expect(parts.map(({ data }) => (data?.['values'] as unknown[] | undefined)?.length)).toEqual([500, 500, 200])
  // Only after the last part is there a number: whoever breaks off before has to begin anew.
  expect(parts.map((part) => part.id === undefined)).toEqual([true, true, false])
  setup.node.change('device_state', 'Custom:after', 'INUSE')
  await using third = await Reader.open(setup, 'channel=device_state', parts[2]!.id)
  expect(await third.next()).toMatchObject({ event: 'change', data: { key: 'Custom:after' } })
})

test('a WebSocket tells device states as Asterisk does, and can come back too', async () => {
  await using setup = await controlSetup({ http: loopback })
  const url = `${setup.server.url?.replace('http', 'ws')}/api/v1/events`
  const messages: Record<string, unknown>[] = []
  const open = async (query: string): Promise<WebSocket> => {
    const socket = new WebSocket(url + query)
    socket.on('message', (data) => messages.push(JSON.parse((data as Buffer).toString()) as Record<string, unknown>))
    await new Promise((resolve, reject) => {
      socket.on('open', resolve)
      socket.on('error', reject)
    })
    return socket
  }
  const until = async (count: number): Promise<void> => {
    while (messages.length < count) await setup.client.stats()
  }
  await setup.node.set('device_state', 'PJSIP/alice', 'BUSY')
  const socket = await open('?snapshot=1')
  await until(1)
  setup.node.change('device_state', 'Custom:x', 'INUSE')
  setup.node.change('mwi', '100@default', { newMessages: 1, oldMessages: 0 })
  setup.node.change('device_state', 'Custom:x', undefined)
  await until(3)
  expect(messages).toMatchObject([
    { type: 'DeviceStateChanged', device_state: { name: 'PJSIP/alice', state: 'BUSY' } },
    {
      type: 'DeviceStateChanged',
      application: 'lampfield',
      asterisk_id: setup.node.entity,
      timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+0000$/) as string,
      device_state: { name: 'Custom:x', state: 'INUSE' },
    },
    { device_state: { name: 'Custom:x', state: 'INVALID' } },
  ])
  socket.terminate()
  const again = await open(`?lastEventId=${String(messages[1]?.['id'])}`)
  await until(4)
  expect(messages[3]).toMatchObject({ device_state: { name: 'Custom:x', state: 'INVALID' }, id: messages[2]?.['id'] })
  const closed = new Promise((resolve) => {
    again.on('close', resolve)
  })
  await setup.server.stop()
  expect(await closed).toBe(1001)
})

test.each([
  ['another origin', '', { origin: 'http://evil.example' }, 403],
  ['a wrong query', '?types=rain', {}, 400],
])('a WebSocket with %s is refused before it is opened', async (_what, query, headers, status) => {
  await using setup = await controlSetup({ http: loopback })
  const socket = new WebSocket(`${setup.server.url?.replace('http', 'ws')}/api/v1/events${query}`, { headers })
  const error = await new Promise<Error>((resolve) => {
    socket.on('error', resolve)
  })
  expect(error.message).toContain(String(status))
})

test('a WebSocket that says too much, or does not read, is dropped', async () => {
  await using setup = await controlSetup({ http: loopback })
  const url = `${setup.server.url?.replace('http', 'ws')}/api/v1/events`
  const loud = new WebSocket(url)
  const closed = new Promise((resolve) => {
    loud.on('close', resolve)
  })
  loud.on('error', () => {})
  loud.on('open', () => loud.send('x'.repeat(5000)))
  expect(await closed).toBe(1009)
  const lazy = new WebSocket(url)
  lazy.on('error', () => {})
  await new Promise((resolve) => {
    lazy.on('open', resolve)
  })
  lazy.pause()
  while ((await setup.client.stats())['event_streams_open'] !== 1);
  for (let at = 0; at < 60_000; at += 1)
    setup.node.change('device_state', `Custom:${'x'.repeat(200)}`, at % 2 ? 'INUSE' : 'BUSY')
  while ((await setup.client.stats())['event_streams_dropped'] !== 1);
  lazy.terminate()
})

test('sixty subscribers that do not read cannot hold the memory of the node', async () => {
  await using setup = await controlSetup({ http: loopback })
  const { hostname, port } = new URL(setup.server.url ?? '')
  const lazy = Array.from({ length: 60 }, () => {
    const socket = connect(Number(port), hostname)
    socket.pause()
    socket.on('error', () => {})
    socket.write('GET /api/v1/events HTTP/1.1\r\nhost: localhost\r\n\r\n')
    return socket
  })
  while ((await setup.client.stats())['event_streams_open'] !== 60);
  const before = process.memoryUsage()
  const device = `Custom:${'x'.repeat(400)}`
  let highest = 0
  // 30 MB for each of them, told in steps so that what was let go can go.
  for (let step = 0; step < 100; step += 1) {
    for (let at = 0; at < 400; at += 1) setup.node.change('device_state', device, at % 2 === 0 ? 'INUSE' : 'BUSY')
    await setup.client.stats()
    highest = Math.max(highest, process.memoryUsage().rss - before.rss)
  }
  while ((await setup.client.stats())['event_streams_open'] !== 0);
  expect((await setup.client.stats())['event_streams_dropped']).toBe(60)
  // All of it would have been 1.8 GB; 64 MiB may wait, and the garbage of telling comes on top.
  expect(highest / 2 ** 20).toBeLessThan(600)
  for (const socket of lazy) socket.destroy()
})
