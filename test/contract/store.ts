import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Failure } from '../../src/runtime/failure.ts'
import type { Store } from '../../src/storage/store.ts'

/** A place for one store at a time, made new for each test. */
export interface StoreSite {
  /** Opens the store of this place; after `close`, the same one again. */
  open(): Promise<Store>
  remove(): Promise<void>
}

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
const text = (value: Uint8Array | undefined): string | undefined => value && new TextDecoder().decode(value)

const put = (key: string, value: string): { key: string; value: Uint8Array } => ({ key, value: bytes(value) })
const removal = (key: string): { key: string; value: undefined } => ({ key, value: undefined })

/** What every implementation of the port must do: whoever writes a store runs this. */
export function storeContract(kind: string, makeSite: () => Promise<StoreSite>): void {
  describe(`store contract: ${kind}`, () => {
    let site: StoreSite
    let store: Store

    beforeEach(async () => {
      site = await makeSite()
      store = await site.open()
    })

    afterEach(async () => {
      await store.close()
      await site.remove()
    })

    const keys = async (prefix: string): Promise<string[]> => (await store.list(prefix)).map(([key]) => key)

    test('gives back what was written, and undefined for what was not', async () => {
      await store.write([put('identity/key', 'secret'), put('empty', '')])
      expect(text(await store.get('identity/key'))).toBe('secret')
      expect(await store.get('empty')).toEqual(new Uint8Array(0))
      expect(await store.get('identity')).toBeUndefined()
    })

    test('the last write of a key counts, also inside one batch', async () => {
      await store.write([put('a', '1'), removal('a'), put('a', '2'), put('b', '1'), removal('b'), removal('never')])
      expect(text(await store.get('a'))).toBe('2')
      expect(await store.get('b')).toBeUndefined()
    })

    test('lists a prefix in byte order, and nothing else', async () => {
      const names = ['entry/b', 'entry/a', 'entry/\u{1F514}', 'entry/\uFFFD', 'entry', 'entry0', 'entrx/z', 'é', 'a']
      await store.write(names.map((name) => put(name, name)))
      expect(await keys('entry/')).toEqual(['entry/a', 'entry/b', 'entry/\uFFFD', 'entry/\u{1F514}'])
      expect(await keys('entry')).toEqual(['entry', 'entry/a', 'entry/b', 'entry/\uFFFD', 'entry/\u{1F514}', 'entry0'])
      expect(await keys('none/')).toEqual([])
      const all = await store.list('')
      expect(all).toHaveLength(names.length)
      expect(all.every(([key, value]) => text(value) === key)).toBe(true)
    })

    test('keeps everything over close and open', async () => {
      await store.write([put('a', '1'), put('b', '2')])
      await store.write([removal('a'), put('c', '3')])
      await store.close()
      store = await site.open()
      expect(await keys('')).toEqual(['b', 'c'])
    })

    test('what comes in at once is all written, in the order of the calls', async () => {
      const calls = Array.from({ length: 200 }, (_, at) =>
        store.write([put(`k${at % 10}`, `${at}`), put(`n${at}`, '')]),
      )
      await Promise.all(calls)
      expect(await keys('n')).toHaveLength(200)
      expect(text(await store.get('k3'))).toBe('193')
    })

    test('close waits for the writes that were asked for before', async () => {
      const written = store.write([put('late', 'x')])
      await store.close()
      await written
      store = await site.open()
      expect(text(await store.get('late'))).toBe('x')
    })

    test('does not keep the caller’s bytes, nor lend its own', async () => {
      const value = bytes('first')
      const written = store.write([{ key: 'a', value }])
      value.fill(0)
      await written
      const read = await store.get('a')
      read?.fill(0)
      const [entry] = await store.list('a')
      entry?.[1].fill(0)
      expect(text(await store.get('a'))).toBe('first')
    })

    test('refuses a second opening while it is open', async () => {
      await expect(site.open()).rejects.toMatchObject({ name: 'Failure', code: 'data-directory-in-use' })
    })

    test('after close says not-running; closing again does nothing', async () => {
      await store.close()
      await store.close()
      for (const call of [store.get('a'), store.list(''), store.write([put('a', '1')]), store.write([])]) {
        await expect(call).rejects.toMatchObject({ name: 'Failure', code: 'not-running' })
      }
    })

    test.each(['', '\0tally', 'half \uD83D a pair', 'x'.repeat(1025)])('refuses the key %j', async (key) => {
      const wrong: Partial<Failure> = { name: 'Failure', code: 'invalid-argument' }
      await expect(store.get(key)).rejects.toMatchObject(wrong)
      await expect(store.write([put('good', '1'), put(key, '1')])).rejects.toMatchObject(wrong)
      expect(await store.get('good')).toBeUndefined()
    })
  })
}
