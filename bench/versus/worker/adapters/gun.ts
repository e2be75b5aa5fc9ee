import { createServer } from 'node:http'
import { load } from '../load.ts'
import type { Adapter, Notice, Place } from '../adapter.ts'

interface Chain {
  get(key: string): Chain
  put(value: string): Chain
  map(): Chain
  on(listener: (value: unknown, key: string) => void): Chain
}

interface Graph {
  get(key: string): Chain
  on(event: 'hi' | 'bye', listener: (peer: { readonly url?: string }) => void): void
}

interface Module {
  readonly default: (options: Readonly<Record<string, unknown>>) => Graph
}

/** Every participant is linked with every other; nothing is kept on disk. */
export async function gun(place: Place, notice: Notice): Promise<Adapter> {
  const { default: Gun } = await load<Module>('gun')
  const port = Number(place.settings['port'])
  const server = createServer()
  await new Promise<void>((resolve) => {
    server.listen(port + place.number - 1, place.address, resolve)
  })
  const urlOf = (address: string, at: number): string => `http://${address}:${port + at}/gun`
  const urls = place.everybody.map(urlOf)
  const off = { multicast: false, radisk: false, localStorage: false, axe: false, stats: false, file: place.directory }
  const graph = Gun({ ...off, web: server, peers: urls.filter((_, at) => at !== place.number - 1) })
  const named = ({ url = '' }: { readonly url?: string }): string | undefined => {
    const at = urls.findIndex((one) => one.slice('http'.length) === url.replace(/^(http|ws)/, ''))
    return at === -1 ? undefined : `p${at + 1}`
  }
  graph.on('hi', (peer) => {
    const name = named(peer)
    if (name !== undefined) notice.came(name)
  })
  graph.on('bye', (peer) => {
    const name = named(peer)
    if (name !== undefined) notice.gone(name)
  })
  const state = graph.get('state')
  state.map().on((value, key) => {
    if (typeof value === 'string') notice.changed(key, value)
  })
  return {
    set(key, value) {
      state.get(key).put(value)
    },
    async stop() {
      server.close()
    },
  }
}
