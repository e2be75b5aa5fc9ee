import { load } from '../load.ts'
import type { Adapter, Notice, Place } from '../adapter.ts'

type State = Record<string, string>

interface Handle {
  readonly url: string
  whenReady(): Promise<void>
  doc(): State
  change(act: (state: State) => void): void
  on(
    event: 'change',
    listener: (change: {
      readonly doc: State
      readonly patches: readonly { readonly path: readonly unknown[] }[]
    }) => void,
  ): void
}

/** Ephemeral messages about who is there: one each 15 s, and who is silent for three of those is forgotten. */
interface PresenceOf {
  start(options: { readonly initialState: Readonly<Record<string, string>> }): void
  on(event: 'snapshot' | 'update' | 'heartbeat', listener: (told: { readonly peerId: string }) => void): void
  on(event: 'pruning', listener: (told: { readonly pruned: readonly string[] }) => void): void
}

interface RepoOf {
  create(state: State): Handle
  find(url: string): Promise<Handle>
  shutdown(): Promise<void>
}

interface Module {
  Presence: new (options: { readonly handle: Handle }) => PresenceOf
  Repo: new (options: {
    readonly peerId: string
    readonly network: readonly unknown[]
    readonly sharePolicy?: () => Promise<boolean>
  }) => RepoOf
}

interface NetworkModule {
  WebSocketClientAdapter: new (url: string) => unknown
  WebSocketServerAdapter: new (server: unknown) => unknown
}

interface WebSockets {
  WebSocketServer: new (options: { readonly host: string; readonly port: number }) => {
    once(event: 'listening', listener: () => void): void
  }
}

const parts = async (): Promise<Module & NetworkModule> => ({
  ...(await load<Module>('@automerge/automerge-repo')),
  ...(await load<NetworkModule>('@automerge/automerge-repo-network-websocket')),
})

/** One document at the hub; every change is a change of its own. */
export async function automerge(place: Place, notice: Notice): Promise<Adapter> {
  const { Presence, Repo, WebSocketClientAdapter } = await parts()
  const { address, port, document } = place.settings
  const repo = new Repo({ peerId: place.name, network: [new WebSocketClientAdapter(`ws://${address}:${port}`)] })
  const handle = await repo.find(String(document))
  await handle.whenReady()
  const tell = (state: State, key: string): void => {
    const value = state[key]
    if (value !== undefined) notice.changed(key, value)
  }
  handle.on('change', ({ doc, patches }) => {
    for (const key of new Set(patches.map(({ path }) => String(path[0])))) tell(doc, key)
  })
  const presence = new Presence({ handle })
  for (const event of ['snapshot', 'update', 'heartbeat'] as const)
    presence.on(event, ({ peerId }) => notice.came(peerId))
  presence.on('pruning', ({ pruned }) => {
    for (const name of pruned) notice.gone(name)
  })
  presence.start({ initialState: { name: place.name } })
  for (const key of Object.keys(handle.doc())) tell(handle.doc(), key)
  return {
    set(key, value) {
      handle.change((state) => {
        state[key] = value
      })
    },
    stop: () => repo.shutdown(),
  }
}

/** The repository that all others synchronise with; it keeps nothing on disk. */
export async function hub(place: Place): Promise<Adapter> {
  const { Repo, WebSocketServerAdapter } = await parts()
  const { WebSocketServer } = await load<WebSockets>('ws')
  const server = new WebSocketServer({ host: place.address, port: Number(place.settings['port']) })
  await new Promise<void>((resolve) => {
    server.once('listening', resolve)
  })
  const network = [new WebSocketServerAdapter(server)]
  const repo = new Repo({ peerId: place.name, network, sharePolicy: () => Promise.resolve(false) })
  const handle = repo.create({})
  return { told: { document: handle.url }, set: () => {}, stop: () => repo.shutdown() }
}
