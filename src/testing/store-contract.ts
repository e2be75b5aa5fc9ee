import { strict as assert } from 'node:assert'
import type { Store } from '../storage/store.ts'
import { failure, type ContractCase } from './contract-case.ts'

/** A place for one store at a time, made new for each case. */
export interface StoreSite {
  /** Opens the store of this place; after `close`, the same one again. */
  open(): Promise<Store>
  /** Called when the case is over and the store is closed. */
  remove(): Promise<void>
}

/** The store of a case; after `reopen` it is another one of the same place. */
interface Bench {
  readonly site: StoreSite
  store: Store
}

/**
 * What every `Store` promises: run it before you give your own to a node. That acknowledged writes survive kill -9 and a
 * power cut is promised too, and no suite in one process can see it.
 *
 * @example
 * ```ts
 * import { MemoryDisk, storeContract } from 'lampfield/testing'
 *
 * const cases = storeContract(async () => {
 *   const disk = new MemoryDisk()
 *   return { open: () => disk.open(), remove: async () => {} }
 * })
 * for (const { run } of cases) await run()
 * ```
 */
export function storeContract(makeSite: () => Promise<StoreSite>): ContractCase[] {
  return Object.entries({ ...cases, ...keyCases() }).map(([name, check]) => ({
    name,
    run: async () => {
      const site = await makeSite()
      const bench: Bench = { site, store: await site.open() }
      try {
        await check(bench)
      } finally {
        await bench.store.close()
        await site.remove()
      }
    },
  }))
}

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
const text = (value: Uint8Array | undefined): string | undefined => value && new TextDecoder().decode(value)
const put = (key: string, value: string): { key: string; value: Uint8Array } => ({ key, value: bytes(value) })
const removal = (key: string): { key: string; value: undefined } => ({ key, value: undefined })
const keys = async (store: Store, prefix: string): Promise<string[]> => (await store.list(prefix)).map(([key]) => key)

const cases: Readonly<Record<string, (bench: Bench) => Promise<void>>> = {
  'gives back what was written, and undefined for what was not': async ({ store }) => {
    await store.write([put('identity/key', 'secret'), put('empty', '')])
    assert.equal(text(await store.get('identity/key')), 'secret')
    assert.equal((await store.get('empty'))?.length, 0)
    assert.equal(await store.get('identity'), undefined)
  },
  'takes the last write of a key, also inside one batch': async ({ store }) => {
    await store.write([put('a', '1'), removal('a'), put('a', '2'), put('b', '1'), removal('b'), removal('never')])
    assert.equal(text(await store.get('a')), '2')
    assert.equal(await store.get('b'), undefined)
  },
  'lists a prefix in byte order, and nothing else': async ({ store }) => {
    const names = ['entry/b', 'entry/a', 'entry/\u{1F514}', 'entry/\uFFFD', 'entry', 'entry0', 'entrx/z', 'é', 'a']
    await store.write(names.map((name) => put(name, name)))
    const below = ['entry/a', 'entry/b', 'entry/\uFFFD', 'entry/\u{1F514}']
    assert.deepEqual(await keys(store, 'entry/'), below)
    assert.deepEqual(await keys(store, 'entry'), ['entry', ...below, 'entry0'])
    assert.deepEqual(await keys(store, 'none/'), [])
    const all = await store.list('')
    assert.equal(all.length, names.length)
    assert.ok(all.every(([key, value]) => text(value) === key))
  },
  'keeps everything over close and open': async (bench) => {
    await bench.store.write([put('a', '1'), put('b', '2')])
    await bench.store.write([removal('a'), put('c', '3')])
    await bench.store.close()
    bench.store = await bench.site.open()
    assert.deepEqual(await keys(bench.store, ''), ['b', 'c'])
  },
  'writes all that comes in at once, in the order of the calls': async ({ store }) => {
    const numbers = Array.from({ length: 200 }, (_, at) => at)
    await Promise.all(numbers.map((at) => store.write([put(`k${at % 10}`, `${at}`), put(`n${at}`, '')])))
    assert.equal((await keys(store, 'n')).length, 200)
    assert.equal(text(await store.get('k3')), '193')
  },
  'closes after the writes that were asked for before': async (bench) => {
    const written = bench.store.write([put('late', 'x')])
    await bench.store.close()
    await written
    bench.store = await bench.site.open()
    assert.equal(text(await bench.store.get('late')), 'x')
  },
  'does not keep the caller’s bytes, nor lend its own': async ({ store }) => {
    const value = bytes('first')
    const written = store.write([{ key: 'a', value }])
    value.fill(0)
    await written
    const read = await store.get('a')
    read?.fill(0)
    const [entry] = await store.list('a')
    entry?.[1].fill(0)
    assert.equal(text(await store.get('a')), 'first')
  },
  'refuses a second opening while it is open': async ({ site }) => {
    await assert.rejects(site.open(), failure('data-directory-in-use'))
  },
  'says not-running after close; closing again does nothing': async ({ store }) => {
    await store.close()
    await store.close()
    for (const call of [store.get('a'), store.list(''), store.write([put('a', '1')]), store.write([])]) {
      await assert.rejects(call, failure('not-running'))
    }
  },
}

function keyCases(): Record<string, (bench: Bench) => Promise<void>> {
  const wrong = { empty: '', zero: '\0tally', 'half a pair': 'half \uD83D a pair', 'over 1024 bytes': 'x'.repeat(1025) }
  const refuse = (key: string) => async (bench: Bench) => {
    await assert.rejects(bench.store.get(key), failure('invalid-argument'))
    await assert.rejects(bench.store.write([put('good', '1'), put(key, '1')]), failure('invalid-argument'))
    assert.equal(await bench.store.get('good'), undefined)
  }
  return Object.fromEntries(Object.entries(wrong).map(([what, key]) => [`refuses a key: ${what}`, refuse(key)]))
}
