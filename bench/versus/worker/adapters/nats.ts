import { load } from '../load.ts'
import { retry } from '../retry.ts'
import type { Adapter, Notice, Place } from '../adapter.ts'

interface Connection {
  publish(subject: string, payload: string): void
  subscribe(
    subject: string,
    options: { callback: (error: Error | null, message: { string(): string }) => void },
  ): unknown
  flush(): Promise<void>
  jetstream(): {
    readonly views: { kv(bucket: string, options: { history: number; storage: string }): Promise<Bucket> }
  }
  close(): Promise<void>
}

interface Bucket {
  put(key: string, value: string): Promise<number>
  watch(): Promise<AsyncIterable<{ readonly key: string; string(): string }>>
}

interface Module {
  connect(options: { servers: string; maxReconnectAttempts: number }): Promise<Connection>
}

async function connected(place: Place): Promise<Connection> {
  const { connect } = await load<Module>('nats')
  const servers = `${place.settings['address']}:${place.settings['port']}`
  return retry(() => connect({ servers, maxReconnectAttempts: -1 }))
}

/** Plain messages: nothing is kept, so whoever is away misses what is said meanwhile. */
export async function natsCore(place: Place, notice: Notice): Promise<Adapter> {
  const connection = await connected(place)
  connection.subscribe('state', {
    callback: (_error, message) => {
      const [key = '', value = ''] = message.string().split(' ')
      notice.changed(key, value)
    },
  })
  await connection.flush()
  return {
    set: (key, value) => connection.publish('state', `${key} ${value}`),
    stop: () => connection.close(),
  }
}

/** A bucket of JetStream's key-value store, in memory; its watcher is told the present and what changes. */
export async function natsKv(place: Place, notice: Notice): Promise<Adapter> {
  const connection = await connected(place)
  const bucket = await retry(() => connection.jetstream().views.kv('state', { history: 1, storage: 'memory' }))
  const watcher = await bucket.watch()
  void (async () => {
    for await (const entry of watcher) notice.changed(entry.key, entry.string())
  })()
  return {
    async set(key, value) {
      await bucket.put(key, value)
    },
    stop: () => connection.close(),
  }
}
