import { load } from '../load.ts'
import { retry } from '../retry.ts'
import type { Adapter, Notice, Place } from '../adapter.ts'

interface Client {
  connect(): Promise<unknown>
  duplicate(): Client
  on(event: 'error' | 'ready', listener: () => void): void
  hSet(key: string, field: string, value: string): Promise<unknown>
  hGetAll(key: string): Promise<Readonly<Record<string, string>>>
  publish(channel: string, message: string): Promise<unknown>
  subscribe(channel: string, listener: (message: string) => void): Promise<unknown>
  destroy(): void
}

interface Module {
  createClient(options: { readonly url: string }): Client
}

const [hash, channel] = ['state', 'changes']

/** State in a hash, changes by pub/sub; whoever has been away reads the whole hash, because what was published meanwhile is lost. */
export async function redis(place: Place, notice: Notice): Promise<Adapter> {
  const { createClient } = await load<Module>('redis')
  const url = `redis://${place.settings['address']}:${place.settings['port']}`
  const open = async (): Promise<Client> => {
    const client = createClient({ url })
    // It connects again by itself; without a listener an error would end the process.
    client.on('error', () => {})
    await client.connect()
    return client
  }
  const client = await retry(open)
  const subscriber = client.duplicate()
  subscriber.on('error', () => {})
  const catchUp = async (): Promise<void> => {
    for (const [key, value] of Object.entries(await client.hGetAll(hash))) notice.changed(key, value)
  }
  await subscriber.connect()
  await subscriber.subscribe(channel, (message) => {
    const [key = '', value = ''] = message.split(' ')
    notice.changed(key, value)
  })
  subscriber.on('ready', () => void catchUp())
  await catchUp()
  return {
    async set(key, value) {
      await Promise.all([client.hSet(hash, key, value), client.publish(channel, `${key} ${value}`)])
    },
    async stop() {
      client.destroy()
      subscriber.destroy()
    },
  }
}
