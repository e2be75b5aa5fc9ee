import { describe, expect, test } from 'vitest'
import { entityIdOf } from '../../src/testing/virtual-cluster.ts'
import { AsteriskDouble } from './double.ts'
import { Sites, type Site } from './site.ts'

/** The members' bound (a second of doubt after a broken link, five in all) and the silence after which an Asterisk is dead. */
const departureMs = 5000

const told = (site: Site, entity: string, device: string): string | undefined =>
  site.pbx.remote.get(entity)?.get(device)

describe('states of an Asterisk', () => {
  test('are in the hints of all others, each under the entity ID of its own', async () => {
    const sites = new Sites()
    const [a, b, c] = await sites.add(3)
    a!.pbx.set('Custom:mystate', 'INUSE')
    expect(await sites.until(() => sites.show('Custom:mystate', 'INUSE'))).toBeLessThan(100)
    b!.pbx.set('Custom:mystate', 'RINGING')
    expect(await sites.until(() => sites.show('Custom:mystate', 'RINGINUSE'))).toBeLessThan(100)
    expect(told(c!, a!.entity, 'Custom:mystate')).toBe('INUSE')
    expect(told(c!, b!.entity, 'Custom:mystate')).toBe('RINGING')
    expect(a!.pbx.remote.has(a!.entity)).toBe(false)
    expect(a!.node.get('device_state', 'Custom:mystate')).toBe('RINGINUSE')
  })

  test('that are not cachable are passed on as events that nobody keeps', async () => {
    const sites = new Sites()
    const [a, b] = await sites.add(2)
    a!.pbx.set('Local/1@x-1;1', 'INUSE', 0)
    await sites.pass(200)
    expect(b!.pbx.passed).toEqual([`${a!.entity} Local/1@x-1;1 INUSE`])
    expect(b!.node.list('device_state')).toEqual([])
    expect(a!.pbx.passed).toEqual([])
    b!.pbx.reload()
    await sites.pass(2000)
    expect(b!.pbx.passed).toHaveLength(1)
  })

  test('pass the filters of each direction only, whatever their case', async () => {
    const sites = new Sites()
    const [a] = await sites.add(1, { settings: { devicesIn: '^pjsip/' } })
    const [b] = await sites.add(1, { settings: { devicesOut: '/1$' } })
    for (const device of ['PJSIP/1', 'PJSIP/2', 'Custom:1']) a!.pbx.set(device, 'INUSE')
    await sites.pass(500)
    expect(a!.node.list('device_state').map(({ key }) => key)).toEqual(['PJSIP/1', 'PJSIP/2'])
    expect([...(b!.pbx.remote.get(a!.entity)?.keys() ?? [])]).toEqual(['PJSIP/1'])
    expect(a!.bridge?.status().counts).toMatchObject({ in_filtered: 1 })
  })

  test('coalesce: while Asterisk is slow only the last value of a device waits', async () => {
    const sites = new Sites()
    const [a, b] = await sites.add(2)
    b!.pbx.planned.push(...Array.from({ length: 8 }, () => 'silence' as const))
    for (let change = 0; change < 200; change += 1) {
      a!.pbx.set(`Custom:${change % 4}`, change % 8 < 4 ? 'INUSE' : 'BUSY')
      await sites.pass(2)
    }
    expect(b!.bridge!.status().queue).toBeLessThanOrEqual(8)
    expect(await sites.until(() => sites.show('Custom:3', a!.pbx.own.get('Custom:3')!), 20_000)).toBeDefined()
  })
})

describe('mailboxes', () => {
  test('travel with their counts; the latest word of the cluster is the one each Asterisk has', async () => {
    const sites = new Sites()
    const [a, b, c] = await sites.add(3)
    a!.pbx.setMailbox('100@default', 1, 2)
    await sites.pass(200)
    for (const { pbx } of [b!, c!]) expect(pbx.mailboxes.get('100@default')).toEqual({ old: 1, new: 2, eid: a!.entity })
    b!.pbx.setMailbox('100@default', 3, 0)
    await sites.pass(200)
    for (const { pbx } of [a!, c!]) expect(pbx.mailboxes.get('100@default')).toEqual({ old: 3, new: 0, eid: b!.entity })
    // Told everything again, it gets the latest word and not the older one of another server.
    c!.pbx.reload()
    await sites.pass(1000)
    expect(c!.pbx.mailboxes.get('100@default')).toMatchObject({ new: 0, eid: b!.entity })
  })

  test.each([
    ['keep', { old: 1, new: 2 }],
    ['clear', { old: 0, new: 0 }],
  ] as const)('of a departed server: %s', async (departedMailboxes, counts) => {
    const sites = new Sites()
    const [a, b] = await sites.add(2, { settings: { departedMailboxes } })
    a!.pbx.setMailbox('100@default', 1, 2)
    await sites.pass(500)
    await a!.killNode()
    await sites.pass(departureMs)
    expect(b!.pbx.mailboxes.get('100@default')).toMatchObject({ ...counts, eid: a!.entity })
  })
})

describe('what departed', () => {
  test('a dead server is neutral in the others within the bound of membership, and back when it is back (invariant 5)', async () => {
    const sites = new Sites()
    const [a, b] = await sites.add(2)
    a!.pbx.set('PJSIP/1', 'INUSE')
    await sites.until(() => sites.show('PJSIP/1', 'INUSE'))
    await a!.killNode()
    const took = await sites.until(() => told(b!, a!.entity, 'PJSIP/1') === 'INVALID', departureMs)
    expect(took).toBeLessThan(departureMs)
    await a!.startNode()
    expect(await sites.until(() => told(b!, a!.entity, 'PJSIP/1') === 'INUSE')).toBeDefined()
  })

  test('an Asterisk that was killed has no lamp on anywhere, and all of them again when it is back', async () => {
    const sites = new Sites()
    const [a, b] = await sites.add(2)
    a!.pbx.set('PJSIP/1', 'INUSE')
    a!.pbx.set('Custom:kept', 'BUSY')
    await sites.until(() => sites.show('Custom:kept', 'BUSY'))
    a!.pbx.kill()
    const took = await sites.until(() => b!.pbx.aggregate('Custom:kept') === 'INVALID', departureMs)
    expect(took).toBeLessThan(departureMs)
    expect(b!.pbx.aggregate('PJSIP/1')).toBe('INVALID')
    expect(a!.bridge?.status()).toMatchObject({ link: 'down', ownDevices: 0 })
    a!.pbx.boot()
    expect(await sites.until(() => sites.show('Custom:kept', 'BUSY'))).toBeDefined()
    expect(b!.pbx.aggregate('PJSIP/1')).toBe('INVALID')
  })

  test('a device that a quickly restarted Asterisk does not name again is no more', async () => {
    const sites = new Sites()
    const [a, b] = await sites.add(2)
    a!.pbx.set('Queue:sales', 'INUSE')
    a!.pbx.set('Custom:kept', 'BUSY')
    await sites.until(() => sites.show('Custom:kept', 'BUSY') && sites.show('Queue:sales', 'INUSE'))
    a!.pbx.kill()
    await sites.pass(500)
    a!.pbx.boot()
    expect(await sites.until(() => b!.pbx.aggregate('Queue:sales') === 'INVALID', departureMs)).toBeDefined()
    await sites.pass(10_000)
    expect(b!.pbx.aggregate('Custom:kept')).toBe('BUSY')
  })

  test('devices that take long to be named are not taken for gone, however much the first ones change meanwhile', async () => {
    const sites = new Sites()
    const [a] = await sites.add(1, { double: { wireMs: 10 } })
    for (let device = 0; device < 600; device += 1) a!.pbx.set(`PJSIP/${device}`, 'INUSE')
    await sites.pass(15_000)
    expect(a!.node.list('device_state')).toHaveLength(600)
    const gone: string[] = []
    a!.node.addEventListener('entry', ({ detail: { key, after } }) => {
      if (after === undefined) gone.push(key)
    })
    a!.pbx.own.delete('PJSIP/599')
    a!.pbx.reload()
    // Naming all takes 12 s; one more change stands in the queue now and then.
    for (let second = 0; second < 20; second += 1) {
      await sites.pass(1000)
      a!.pbx.set('PJSIP/0', second % 2 === 0 ? 'BUSY' : 'INUSE')
    }
    expect(gone).toEqual(['PJSIP/599'])
  })

  test('a node that was killed knows afterwards what its Asterisk was told, and takes back what is no more', async () => {
    const sites = new Sites()
    const [a, b] = await sites.add(2)
    a!.pbx.set('PJSIP/1', 'INUSE')
    await sites.until(() => sites.show('PJSIP/1', 'INUSE'))
    await b!.killNode()
    await a!.killNode()
    await sites.pass(10_000)
    expect(told(b!, a!.entity, 'PJSIP/1')).toBe('INUSE')
    await b!.startNode()
    expect(await sites.until(() => told(b!, a!.entity, 'PJSIP/1') === 'INVALID', 6000)).toBeDefined()
    await sites.pass(1000)
    expect([...b!.journal.keysOf(a!.entity as never)]).toEqual([])
  })

  test('a node that leaves takes back what it told its Asterisk, and its own devices from the others', async () => {
    const sites = new Sites()
    const [a, b] = await sites.add(2)
    a!.pbx.set('PJSIP/1', 'INUSE')
    b!.pbx.set('PJSIP/2', 'INUSE')
    await sites.until(() => sites.show('PJSIP/1', 'INUSE') && sites.show('PJSIP/2', 'INUSE'))
    await b!.stopNode()
    expect(b!.pbx.aggregate('PJSIP/1')).toBe('INVALID')
    expect(await sites.until(() => a!.pbx.aggregate('PJSIP/2') === 'INVALID', 1000)).toBeDefined()
  })
})

test('a node that leaves takes back first what keeps a lamp on, where it has no time for all', async () => {
  const sites = new Sites()
  const [a, b] = await sites.add(2, { double: { wireMs: 10 } })
  for (let device = 0; device < 900; device += 1) {
    a!.pbx.set(`PJSIP/${device}`, device === 899 ? 'INUSE' : 'NOT_INUSE')
  }
  expect(await sites.until(() => sites.show('PJSIP/899', 'INUSE'), 60_000)).toBeDefined()
  await sites.pass(1000)
  await b!.stopNode()
  expect(b!.pbx.aggregate('PJSIP/899')).toBe('INVALID')
  expect(b!.pbx.aggregate('PJSIP/898')).toBe('NOT_INUSE')
})

describe('restarts, in any order, end in the same states', () => {
  const orders: readonly (readonly string[])[] = [
    ['kill pbx', 'boot pbx'],
    ['kill node', 'start node'],
    ['kill pbx', 'kill node', 'boot pbx', 'start node'],
    ['kill pbx', 'kill node', 'start node', 'boot pbx'],
    ['kill node', 'kill pbx', 'start node', 'boot pbx'],
    ['kill node', 'kill pbx', 'boot pbx', 'start node'],
  ]
  for (const order of orders) {
    for (const pauseMs of [10, 700, 8000]) {
      test(`${order.join(', ')}, ${pauseMs} ms apart`, async () => {
        const sites = new Sites()
        const [a, b] = await sites.add(2, { double: { bootMs: 300 } })
        a!.pbx.set('Custom:a', 'INUSE')
        b!.pbx.set('Custom:b', 'RINGING')
        a!.pbx.setMailbox('1@x', 0, 1)
        await sites.pass(1000)
        for (const act of order) {
          if (act === 'kill pbx') b!.pbx.kill()
          else if (act === 'boot pbx') b!.pbx.boot()
          else if (act === 'kill node') await b!.killNode()
          else await b!.startNode()
          await sites.pass(pauseMs)
        }
        a!.pbx.set('Custom:late', 'BUSY')
        await sites.pass(15_000)
        for (const { pbx } of [a!, b!]) {
          expect(['Custom:a', 'Custom:b', 'Custom:late'].map((device) => pbx.aggregate(device))).toEqual([
            'INUSE',
            'RINGING',
            'BUSY',
          ])
        }
        expect(b!.pbx.mailboxes.get('1@x')).toMatchObject({ new: 1 })
        expect(b!.bridge!.status()).toMatchObject({ link: 'up', exchanges: true, queue: 0 })
      })
    }
  }

  test('while Asterisk is away the queue is no longer than there are devices', async () => {
    const sites = new Sites()
    const [a, b] = await sites.add(2)
    b!.pbx.kill()
    for (let change = 0; change < 500; change += 1) {
      a!.pbx.set(`Custom:${change % 10}`, change % 20 < 10 ? 'INUSE' : 'BUSY')
      await sites.pass(20)
    }
    expect(b!.bridge!.status()).toMatchObject({ link: 'down', queue: 10 })
    b!.pbx.boot()
    await sites.pass(3000)
    expect(b!.pbx.aggregate('Custom:9')).toBe(a!.pbx.own.get('Custom:9'))
    expect(b!.bridge!.status().queue).toBe(0)
  })
})

describe('no loops', () => {
  const quietSent = async (sites: Sites, ms: number): Promise<number> => {
    const before = sites.sites.map(({ pbx }) => pbx.sent)
    await sites.pass(ms)
    return sites.sites.reduce((sum, { pbx }, at) => sum + pbx.sent - (before[at] ?? 0), 0)
  }

  test.each([[true], [false]])(
    'a storm of devices and mailboxes makes messages in proportion to itself (duplicates dropped: %s)',
    async (dropsDuplicates) => {
      const sites = new Sites()
      const added = await sites.add(4, { double: { dropsDuplicates } })
      const messages = async (changes: number): Promise<number> => {
        const before = added.map(({ pbx }) => pbx.requests.length + pbx.sent)
        for (let change = 0; change < changes; change += 1) {
          const { pbx } = added[change % 4]!
          pbx.set(`Custom:${change % 7}`, change % 2 === 0 ? 'INUSE' : 'BUSY')
          pbx.setMailbox(`${change % 5}@x`, 0, change)
          await sites.pass(20)
        }
        await sites.pass(2000)
        return added.reduce((sum, { pbx }, at) => sum + pbx.requests.length + pbx.sent - (before[at] ?? 0), 0)
      }
      const [few, many] = [await messages(50), await messages(200)]
      // Each change leaves once and arrives at three others; a mailbox makes an MWI: echo in each of the four, which goes no further.
      expect(few).toBeLessThanOrEqual(50 * (4 + 4 + 4) + 60)
      expect(many / few).toBeLessThan(4.5)
      // And then there is silence: nothing but what asks whether the other side lives.
      expect(await quietSent(sites, 30_000)).toBe(0)
    },
  )

  test('nothing that carries the entity ID of the local Asterisk goes back to it', async () => {
    const sites = new Sites()
    const [a, b] = await sites.add(2)
    a!.pbx.set('Custom:x', 'INUSE')
    a!.pbx.setMailbox('1@x', 0, 1)
    a!.pbx.set('Local/1', 'INUSE', 0)
    b!.pbx.set('Custom:x', 'BUSY')
    await sites.pass(1000)
    a!.pbx.reload()
    await sites.pass(1000)
    for (const { pbx } of [a!, b!]) {
      const own = pbx.requests.filter(({ text }) => text.includes(`"eid":"${pbx.eid}"`))
      expect(own.every(({ text }) => text.includes('"type":"refresh"'))).toBe(true)
    }
  })
})

describe('the entity ID of the local Asterisk', () => {
  test('that is another one than the node has stops the exchange, with the remedy', async () => {
    const sites = new Sites()
    const [a] = await sites.add(1)
    const [b] = await sites.add(1, { eid: '02:00:00:00:00:99' })
    a!.pbx.set('Custom:x', 'INUSE')
    b!.pbx.set('Custom:y', 'INUSE')
    await sites.pass(3000)
    expect(b!.node.list('device_state').map(({ key }) => key)).toEqual(['Custom:x'])
    expect(b!.bridge!.status()).toMatchObject({ exchanges: false, asteriskEntity: '02:00:00:00:00:99' })
    expect(b!.bridge!.status().lastError?.sentence).toContain(
      'set entity_id = 02:00:00:00:00:99 in lampfield.conf, or entityid = 02:00:00:00:00:02 in asterisk.conf',
    )
    const before = b!.pbx.requests.length
    a!.pbx.set('Custom:x', 'BUSY')
    await sites.pass(3000)
    expect(b!.pbx.requests.slice(before).filter(({ text }) => text.startsWith('PUBLISH'))).toEqual([])
  })

  test('that another node of the cluster has is an error that tells so', async () => {
    const sites = new Sites()
    await sites.add(1)
    const adopted: string[] = []
    const [b] = await sites.add(1, { eid: entityIdOf(1), adopt: (entity) => adopted.push(entity) })
    b!.pbx.set('Custom:y', 'INUSE')
    await sites.pass(8000)
    expect(adopted).toEqual([])
    expect(b!.bridge!.status().lastError?.sentence).toContain(
      'another node of the cluster has 02:00:00:00:00:01 already',
    )
  })

  test('is what a node should begin again as whose own was not chosen by hand', async () => {
    const sites = new Sites()
    const adopted: string[] = []
    const [a] = await sites.add(1, { eid: '02:00:00:00:00:99', adopt: (entity) => adopted.push(entity) })
    await sites.pass(6000)
    expect(new Set(adopted)).toEqual(new Set(['02:00:00:00:00:99']))
    expect(a!.node.list('device_state')).toEqual([])
  })
})

test('the double is what the tests take it for: it answers its own entity ID as Asterisk does, and echoes it', async () => {
  const sites = new Sites()
  const double = new AsteriskDouble(sites.cluster.clock, '02:00:00:00:00:0f', { dropsDuplicates: false })
  double.boot()
  const before = double.sent
  double.set('Custom:x', 'INUSE')
  double.set('Custom:x', 'INUSE')
  await sites.pass(10)
  expect(double.sent).toBe(before)
  expect(double.aggregate('Custom:x')).toBe('INUSE')
})
