import { load } from '../load.ts'
import type { Adapter, Notice, Place } from '../adapter.ts'
import { sharedMap, tellPresence, type Awareness, type Document } from './shared-map.ts'

interface Provider {
  readonly awareness: Awareness
  destroy(): void
}

interface Module {
  WebsocketProvider: new (
    url: string,
    room: string,
    document: Document,
    options: { readonly WebSocketPolyfill: unknown; readonly disableBc: boolean },
  ) => Provider
}

/** A Y.Map over the y-websocket server; it is written to at once, connected or not. */
export async function yWebsocket(place: Place, notice: Notice): Promise<Adapter> {
  const { WebsocketProvider } = await load<Module>('y-websocket')
  const { WebSocket } = await load<{ readonly WebSocket: unknown }>('ws')
  const { document, map } = await sharedMap(notice)
  const url = `ws://${place.settings['address']}:${place.settings['port']}`
  const provider = new WebsocketProvider(url, 'state', document, { WebSocketPolyfill: WebSocket, disableBc: true })
  tellPresence(provider.awareness, place.name, notice)
  return {
    set: (key, value) => map.set(key, value),
    async stop() {
      provider.destroy()
    },
  }
}
