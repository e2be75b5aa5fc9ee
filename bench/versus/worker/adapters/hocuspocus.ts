import { load } from '../load.ts'
import type { Adapter, Notice, Place } from '../adapter.ts'
import { sharedMap, tellPresence, type Awareness, type Document } from './shared-map.ts'

interface ClientModule {
  HocuspocusProvider: new (options: { readonly url: string; readonly name: string; readonly document: Document }) => {
    readonly awareness: Awareness
    destroy(): void
  }
}

interface ServerModule {
  Server: new (options: { readonly address: string; readonly port: number; readonly quiet: boolean }) => {
    listen(): Promise<unknown>
    destroy(): Promise<unknown>
  }
}

/** A Y.Map over a Hocuspocus server; it is written to at once, connected or not. */
export async function hocuspocus(place: Place, notice: Notice): Promise<Adapter> {
  const { WebSocket } = await load<{ readonly WebSocket: unknown }>('ws')
  // Node 20 has none of its own, and the provider takes the global one.
  Object.assign(globalThis, { WebSocket })
  const { HocuspocusProvider } = await load<ClientModule>('@hocuspocus/provider')
  const { document, map } = await sharedMap(notice)
  const url = `ws://${place.settings['address']}:${place.settings['port']}`
  const provider = new HocuspocusProvider({ url, name: 'state', document })
  tellPresence(provider.awareness, place.name, notice)
  return {
    set: (key, value) => map.set(key, value),
    async stop() {
      provider.destroy()
    },
  }
}

/** Its server, without any extension. */
export async function hub(place: Place): Promise<Adapter> {
  const { Server } = await load<ServerModule>('@hocuspocus/server')
  const server = new Server({ address: place.address, port: Number(place.settings['port']), quiet: true })
  await server.listen()
  return {
    set: () => {},
    async stop() {
      await server.destroy()
    },
  }
}
