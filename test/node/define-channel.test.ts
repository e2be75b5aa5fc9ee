import { describe, expect, expectTypeOf, test } from 'vitest'
import { defineChannel } from '../../src/node/define-channel.ts'
import type { Node } from '../../src/node/node.ts'
import type { Channel } from '../../src/state/channel.ts'
import { isFiniteNumber, sumReducer } from '../../src/state/number-reducers.ts'
import { latestReducer } from '../../src/state/latest-reducer.ts'
import { parsed } from '../../src/state/parsed.ts'
import type { Reducer } from '../../src/state/reducer.ts'
import { Cluster } from '../support/cluster.ts'
import { seed } from '../support/seed.ts'

interface Person {
  readonly room: string
  readonly tags?: readonly string[]
}

const isPerson = (value: unknown): value is Person =>
  typeof value === 'object' && value !== null && 'room' in value && typeof value.room === 'string'

const presence = defineChannel({
  name: 'presence',
  value: isPerson,
  reducer: latestReducer<Person>(),
  stampShown: true,
})
const load = defineChannel({ name: 'load', value: isFiniteNumber, reducer: sumReducer })

/** All that anybody says, by value: a fold that is no value. */
const roll: Reducer<string, readonly string[]> = {
  name: 'roll',
  reduce: (entries) => [...new Set(entries.map(({ value }) => value))].sort(),
  explain: (entries) => ({ rule: 'All are called.', decidedBy: entries.map(({ entity }) => entity) }),
}
const names = defineChannel({
  name: 'names',
  codec: {
    encode: (name: string) => Buffer.from(name, 'latin1'),
    decode: (bytes) => parsed(Buffer.from(bytes).toString('latin1')),
  },
  reducer: roll,
  persistent: (key) => key.startsWith('kept/'),
  maxBytes: 10,
  keyFault: (key) => (key.includes(' ') ? 'a group has no spaces' : undefined),
})
const channels = [presence, load, names]

const two = async (): Promise<{ readonly cluster: Cluster; readonly nodes: readonly [Node, Node] }> => {
  const cluster = new Cluster({ seed })
  const [a, b] = await cluster.add(2, { channels })
  await cluster.settle()
  return { cluster, nodes: [a!.node, b!.node] }
}

describe('a defined channel', () => {
  test('knows its types, from the value to the fold', () => {
    expectTypeOf(presence).toEqualTypeOf<Channel<Person>>()
    expectTypeOf(names).toEqualTypeOf<Channel<string, readonly string[]>>()
    const typed = (node: Node): void => {
      expectTypeOf(node.get(presence, 'a')).toEqualTypeOf<Person | undefined>()
      expectTypeOf(node.get(names, 'a')).toEqualTypeOf<readonly string[] | undefined>()
      expectTypeOf(node.get('mwi', 'a')?.newMessages).toEqualTypeOf<number | undefined>()
      expectTypeOf(node.get('presence', 'a')).toEqualTypeOf<unknown>()
      expectTypeOf(node.snapshot(load).get('a')).toEqualTypeOf<number | undefined>()
      // @ts-expect-error -- a number is no name
      void node.set(names, 'a', 1)
      // @ts-expect-error -- no state of a device
      void node.set('device_state', 'a', 'in use')
      const watch = async (): Promise<void> => {
        for await (const change of node.watch('*', { channel: names })) {
          expectTypeOf(change.after).toEqualTypeOf<readonly string[] | undefined>()
        }
      }
      void watch
    }
    expectTypeOf(typed).toBeFunction()
    // @ts-expect-error -- the reducer folds other values
    defineChannel<Person>({ name: 'wrong', value: isPerson, reducer: sumReducer })
  })

  test('is set on one node and folded on another', async () => {
    const {
      cluster,
      nodes: [a, b],
    } = await two()
    await a.set(load, 'queue', 3)
    await b.set(load, 'queue', 4)
    await a.set(names, 'team', 'zoe')
    await b.set(names, 'team', 'adam')
    await cluster.until(() => a.get(load, 'queue') === 7 && b.get(names, 'team')?.length === 2, 5000)
    expect([a.get(load, 'queue'), b.get(load, 'queue')]).toEqual([7, 7])
    expect(a.get(names, 'team')).toEqual(['adam', 'zoe'])
    expect(a.explain(load, 'queue').rule).toBe('The values of 2 entities are added.')
    expect(a.get('load', 'queue')).toBe(7)
  })

  test('says since when, where it is asked to', async () => {
    const {
      cluster,
      nodes: [a, b],
    } = await two()
    const sinceMs = cluster.clock.wallMs()
    const heard: unknown[] = []
    b.addEventListener('change', ({ detail }) => heard.push(detail.sinceMs))
    await a.set(presence, 'ann', { room: 'kitchen' })
    await a.set(load, 'queue', 1)
    await cluster.until(() => b.get(load, 'queue') === 1, 5000)
    expect(b.list(presence)).toEqual([{ key: 'ann', value: { room: 'kitchen' }, sinceMs }])
    expect(b.list(load)).toEqual([{ key: 'queue', value: 1 }])
    expect(heard).toEqual([sinceMs, undefined])
  })

  test('refuses what is none of its values, by name, and changes nothing', async () => {
    const {
      nodes: [a],
    } = await two()
    const wrong = [
      [presence, 'ann', { room: 1 }, 'no value of presence'],
      [presence, 'ann', { room: 'x', tags: [undefined] }, 'a undefined is no JSON value'],
      [presence, 'ann', { room: 'x', tags: new Map() }, 'a Map is no JSON value'],
      [load, 'queue', Number.NaN, 'NaN is no JSON number'],
      [names, 'a b', 'zoe', 'no spaces'],
      [names, 'team', 5, 'cannot write'],
    ] as const
    for (const [channel, key, value, words] of wrong) {
      const refusal = { code: 'invalid-argument', message: expect.stringContaining(words) }
      await expect(a.set(channel, key, value as never)).rejects.toMatchObject(refusal)
    }
    await expect(a.set(names, 'team', 'x'.repeat(11))).rejects.toMatchObject({ code: 'limit-reached' })
    await expect(a.set(presence, 'ann', { room: 'x'.repeat(5000) })).rejects.toMatchObject({ code: 'limit-reached' })
    for (const channel of channels) expect(a.list(channel)).toEqual([])
  })

  test('keeps the value that was set, whatever its owner does to it later', async () => {
    const {
      nodes: [a],
    } = await two()
    const tags = ['early']
    await a.set(presence, 'ann', { room: 'kitchen', tags })
    tags.push('late')
    expect(a.get(presence, 'ann')?.tags).toEqual(['early'])
    expect(Object.isFrozen(a.get(presence, 'ann')?.tags)).toBe(true)
  })

  test('takes an equal value for no change', async () => {
    const {
      nodes: [a],
    } = await two()
    let changes = 0
    a.addEventListener('change', () => (changes += 1))
    await a.set(presence, 'ann', { room: 'kitchen', tags: [] })
    await a.set(presence, 'ann', { tags: [], room: 'kitchen' })
    expect(changes).toBe(1)
  })

  test('is kept on disk where it is persistent', async () => {
    const cluster = new Cluster({ seed })
    const [server] = await cluster.add(1, { channels })
    await cluster.letRun(server!.node.set(names, 'kept/a', 'zoe'))
    await cluster.letRun(server!.node.set(names, 'lost/a', 'zoe'))
    server!.kill()
    await server!.start()
    expect(server!.node.list(names)).toEqual([{ key: 'kept/a', value: ['zoe'] }])
  })

  test('is not taken for another one of the same name', async () => {
    const {
      nodes: [a],
    } = await two()
    const other = defineChannel({ name: 'load', value: isFiniteNumber, reducer: sumReducer })
    expect(() => a.get(other, 'queue')).toThrow(expect.objectContaining({ code: 'channel-closed' }))
  })

  test.each([
    [{ name: 'Bad Name' }, 'no channel name'],
    [{ name: 'mwi' }, 'built-in'],
    [{ maxBytes: 0 }, 'maxBytes'],
    [{ maxBytes: 5000 }, '4089'],
  ])('%j is refused with what would be right', (change, words) => {
    const definition = { name: 'good', value: isFiniteNumber, reducer: sumReducer, ...change }
    expect(() => defineChannel(definition)).toThrow(words)
  })

  test('may be given beside names, and twice is a mistake', async () => {
    const cluster = new Cluster({ seed })
    const [server] = await cluster.add(1, { channels: ['mwi', load, { channel: names, publish: false }] })
    expect(server!.node.channels().map(({ channel }) => channel)).toEqual(['mwi', 'load', 'names'])
    await expect(server!.node.set(names, 'team', 'x')).rejects.toMatchObject({ code: 'channel-closed' })
    await expect(cluster.add(1, { channels: [load, { channel: load }] })).rejects.toThrow('twice')
  })
})
