import { beforeEach, describe, expect, test } from 'vitest'
import type { Handle } from '../../../bench/versus/peer.ts'
import { Participant } from '../../../bench/versus/worker/participant.ts'
import { inProcess, MemoryProduct } from './memory-product.ts'

const placeOf = (number: number) => {
  return { name: `p${number}`, number, address: '', everybody: [], directory: '', settings: {} }
}

describe('what every product is asked for', () => {
  let product: MemoryProduct
  let [one, other]: Handle[] = []

  async function joined(number: number): Promise<Handle> {
    const participant = inProcess(new Participant({ memory: () => Promise.resolve(product.start) }))
    await participant.ask('start', { adapter: 'memory', place: placeOf(number) })
    return participant
  }

  const ask = (handle: Handle | undefined): Handle => {
    if (handle === undefined) throw new Error('nobody has joined')
    return handle
  }

  beforeEach(async () => {
    product = new MemoryProduct()
    ;[one, other] = [await joined(1), await joined(2)]
  })

  test('a change is seen by the other one, after it was written', async () => {
    const change = { key: 'PJSIP/a-0', value: 'INUSE' }
    const seen = ask(other).ask('sees', { ...change, limitMs: 5000 })
    const beginMs = await ask(one).ask('write', change)
    expect(await seen).toBeGreaterThanOrEqual(beginMs)
    expect(await ask(other).ask('shown', undefined)).toEqual(await ask(one).ask('shown', undefined))
  })

  test('what does not come is null at the limit, another value included', async () => {
    await ask(one).ask('write', { key: 'k', value: 'BUSY' })
    expect(await ask(other).ask('sees', { key: 'k', value: 'INUSE', limitMs: 5 })).toBeNull()
    expect(await ask(other).ask('gone', { name: 'p1', limitMs: 5 })).toBeNull()
    expect(await ask(other).ask('knows', { names: ['p9'], limitMs: 5 })).toBe(false)
  })

  test('blocks are held when the last key has come, and what lacks is counted', async () => {
    const block = { prefix: 'b', keys: 100, lap: 1 }
    const [limitMs, short] = [5000, 5]
    const held = Promise.all([one, other].map((handle) => ask(handle).ask('holds', { blocks: [block], limitMs })))
    await ask(one).ask('flood', block)
    expect((await held).map(({ missing }) => missing)).toEqual([0, 0])
    const more = await ask(other).ask('holds', { blocks: [{ ...block, keys: 103 }], limitMs: short })
    expect(more).toEqual({ atMs: null, missing: 3 })
  })

  test('who has gone is missed, and known again when it has come back', async () => {
    expect(await ask(one).ask('knows', { names: ['p2'], limitMs: 5 })).toBe(true)
    const gone = ask(one).ask('gone', { name: 'p2', limitMs: 5000 })
    await ask(other).ask('stop', undefined)
    expect(await gone).toEqual(expect.any(Number))
    expect(await ask(one).ask('knows', { names: ['p2'], limitMs: 5 })).toBe(false)
    const back = ask(one).ask('knows', { names: ['p2'], limitMs: 5000 })
    await joined(2)
    expect(await back).toBe(true)
  })

  test('an adapter that does not exist is named', async () => {
    const alone = inProcess(new Participant({}))
    await expect(alone.ask('start', { adapter: 'nothing', place: placeOf(1) })).rejects.toThrow(/"nothing"/)
    await expect(alone.ask('write', { key: 'k', value: 'BUSY' })).rejects.toThrow(/not been started/)
  })
})
