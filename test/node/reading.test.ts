import { describe, expect, test } from 'vitest'
import type { Node } from '../../src/node/node.ts'
import type { WatchedChange } from '../../src/node/watch.ts'
import { Cluster } from '../support/cluster.ts'
import { seed } from '../support/seed.ts'

const start = async (count: number): Promise<{ readonly cluster: Cluster; readonly nodes: readonly Node[] }> => {
  const cluster = new Cluster({ seed })
  const servers = await cluster.add(count)
  await cluster.settle()
  return { cluster, nodes: servers.map(({ node }) => node) }
}

const shown = ({ key, before, after, skipped }: WatchedChange): unknown[] => [key, before, after, skipped]

describe('watch', () => {
  test('gives the changes of a pattern, of own and of others’ making, until it is aborted', async () => {
    const { cluster, nodes } = await start(2)
    const [a, b] = nodes as [Node, Node]
    const done = new AbortController()
    const read: unknown[] = []
    const reader = (async () => {
      for await (const change of b.watch('PJSIP/*', { signal: done.signal })) read.push(shown(change))
    })()
    await b.set('device_state', 'PJSIP/1', 'INUSE')
    await b.set('device_state', 'SIP/1', 'INUSE')
    await a.set('device_state', 'PJSIP/2', 'BUSY')
    await cluster.until(() => read.length === 2, 5000)
    await a.unset('device_state', 'PJSIP/2')
    await cluster.until(() => read.length === 3, 5000)
    done.abort()
    await reader
    expect(read).toEqual([
      ['PJSIP/1', undefined, 'INUSE', 0],
      ['PJSIP/2', undefined, 'BUSY', 0],
      ['PJSIP/2', 'BUSY', undefined, 0],
    ])
  })

  test('gives a slow reader the last value of each key, says what it missed, and keeps nothing of what came and went', async () => {
    const [node] = (await start(1)).nodes as [Node]
    await node.set('device_state', 'PJSIP/1', 'INUSE')
    const watch = node.watch('*', { initial: true })
    for (const state of ['BUSY', 'RINGING', 'ONHOLD'] as const) await node.set('device_state', 'PJSIP/1', state)
    await node.set('device_state', 'PJSIP/2', 'BUSY')
    for (let turn = 0; turn < 1000; turn += 1) {
      await node.set('device_state', `Local/${turn}`, 'INUSE')
      await node.unset('device_state', `Local/${turn}`)
    }
    expect(shown((await watch.next()).value)).toEqual(['PJSIP/1', undefined, 'ONHOLD', 3])
    expect(shown((await watch.next()).value)).toEqual(['PJSIP/2', undefined, 'BUSY', 0])
    const next = watch.next()
    await node.set('device_state', 'PJSIP/1', 'BUSY')
    expect(shown((await next).value)).toEqual(['PJSIP/1', 'ONHOLD', 'BUSY', 0])
    expect(watch.skipped).toBe(2003)
    await watch.return?.()
    expect(await watch.next()).toEqual({ done: true, value: undefined })
  })

  test('is never told a change twice or not at all: before is what it was told last', async () => {
    const [node] = (await start(1)).nodes as [Node]
    const watch = node.watch('*')
    const told = new Map<string, unknown>()
    let next = watch.next()
    const states = ['INUSE', 'BUSY', undefined, 'RINGING'] as const
    for (let turn = 0; turn < 400; turn += 1) {
      const [key, state] = [`d${(turn * 7) % 5}`, states[(turn * 13) % 4]]
      if (state === undefined) await node.unset('device_state', key)
      else await node.set('device_state', key, state)
      if (turn % 9 > 2) continue
      const { value } = await Promise.race([next, Promise.resolve({ value: undefined })])
      if (value === undefined) continue
      next = watch.next()
      expect(value.before).toBe(told.get(value.key))
      told.set(value.key, value.after)
    }
    expect(told.size).toBe(5)
  })

  test('ends when the node stops, when the loop is left, and at once when the signal has been aborted', async () => {
    const { cluster, nodes } = await start(1)
    const [node] = nodes as [Node]
    for await (const _change of node.watch('*', { signal: AbortSignal.abort() })) throw new Error('there was a change')
    await node.set('device_state', 'PJSIP/1', 'INUSE')
    for await (const _change of node.watch('*', { initial: true })) break
    const next = node.watch().next()
    await cluster.letRun(node.stop())
    expect(await next).toEqual({ done: true, value: undefined })
    expect(() => node.watch()).toThrow(expect.objectContaining({ code: 'not-running' }))
  })
})

describe('until', () => {
  test('resolves with what holds already, or once it holds, also through a member', async () => {
    const { cluster, nodes } = await start(2)
    const [a, b] = nodes as [Node, Node]
    expect(await a.until(() => 0)).toBe(0)
    const state = b.until((now) => now.get('device_state', 'PJSIP/1'))
    const gone = b.until((now) => now.members().some(({ status }) => status === 'left'))
    await a.set('device_state', 'PJSIP/1', 'BUSY')
    expect(await cluster.letRun(state)).toBe('BUSY')
    await cluster.letRun(a.stop())
    expect(await cluster.letRun(gone)).toBe(true)
  })

  test('rejects by name when it is aborted, when the node stops, and with what the condition throws', async () => {
    const { cluster, nodes } = await start(1)
    const [node] = nodes as [Node]
    const leaving = new AbortController()
    const aborted = node.until(() => false, { signal: leaving.signal })
    leaving.abort(new Error('enough'))
    await expect(aborted).rejects.toMatchObject({ code: 'aborted', cause: { message: 'enough' } })
    await expect(node.until(() => true, { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'aborted' })
    await expect(
      node.until(() => {
        throw new RangeError('planned')
      }),
    ).rejects.toThrow('planned')
    const stopped = node.until(() => false)
    stopped.catch(() => {})
    await cluster.letRun(node.stop())
    await expect(stopped).rejects.toMatchObject({ code: 'not-running' })
    await expect(node.until(() => true)).rejects.toMatchObject({ code: 'not-running' })
  })
})

describe('snapshot', () => {
  test('never changes, is the state of its moment, and is the same where nothing changed', async () => {
    const [node] = (await start(1)).nodes as [Node]
    const random = { at: 1 }
    const next = (bound: number): number => (random.at = (random.at * 48_271) % 2_147_483_647) % bound
    const taken: { readonly snapshot: ReadonlyMap<string, unknown>; readonly truth: [string, unknown][] }[] = []
    for (let turn = 0; turn < 600; turn += 1) {
      const key = `PJSIP/${next(300)}`
      if (next(4) === 0) await node.unset('device_state', key)
      else await node.set('device_state', key, next(2) === 0 ? 'BUSY' : 'INUSE')
      if (turn % 20 !== 0) continue
      const snapshot = node.snapshot('device_state')
      expect(node.snapshot('device_state')).toBe(snapshot)
      taken.push({ snapshot, truth: node.list('device_state').map(({ key, value }) => [key, value]) })
    }
    for (const { snapshot, truth } of taken) {
      expect([...snapshot]).toEqual(truth)
      expect(snapshot.size).toBe(truth.length)
      expect([...snapshot.keys()].map((key) => snapshot.get(key))).toEqual([...snapshot.values()])
      const visited: unknown[] = []
      snapshot.forEach((value, key) => visited.push([key, value]))
      expect(visited).toEqual(truth)
      expect(snapshot.has('nobody')).toBe(false)
    }
    expect(new Set(taken.map(({ snapshot }) => snapshot)).size).toBeGreaterThan(20)
  })
})

describe('settled', () => {
  test('resolves when all reachable members agree, after a partition too', async () => {
    const { cluster, nodes } = await start(3)
    const [a, b, c] = nodes as [Node, Node, Node]
    await a.set('device_state', 'PJSIP/1', 'BUSY')
    const { members } = await cluster.letRun(a.settled())
    expect(members.map(({ verdict }) => verdict)).toEqual(['agrees', 'agrees'])
    expect([b, c].map((node) => node.get('device_state', 'PJSIP/1'))).toEqual(['BUSY', 'BUSY'])
    cluster.hub.partition(['server1'], ['server2', 'server3'])
    await cluster.until(() => a.members().every(({ status }) => status === 'self' || status === 'down'), 30_000, 10)
    await b.set('device_state', 'PJSIP/1', 'INUSE')
    expect((await cluster.letRun(a.settled())).members.filter(({ verdict }) => verdict === 'agrees')).toEqual([])
    cluster.hub.heal()
    await cluster.settle(60_000)
    const healed = await cluster.letRun(a.settled())
    expect(healed.members.map(({ verdict }) => verdict)).toEqual(['agrees', 'agrees'])
    expect(nodes.map((node) => node.get('device_state', 'PJSIP/1'))).toEqual(['BUSY', 'BUSY', 'BUSY'])
  })

  test('rejects by name when it is aborted, and leaves no listener on the signal', async () => {
    const { cluster, nodes } = await start(2)
    const [a] = nodes as [Node]
    await expect(a.settled({ signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'aborted' })
    const { signal } = new AbortController()
    let listeners = 0
    const [add, remove] = [signal.addEventListener.bind(signal), signal.removeEventListener.bind(signal)]
    signal.addEventListener = (...given: Parameters<typeof add>) => {
      listeners += 1
      add(...given)
    }
    signal.removeEventListener = (...given: Parameters<typeof remove>) => {
      listeners -= 1
      remove(...given)
    }
    await cluster.letRun(a.settled({ signal }))
    expect(listeners).toBe(0)
  })
})
