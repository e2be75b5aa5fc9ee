import { connect, type Socket } from 'node:net'
import { load } from '../load.ts'
import { retry } from '../retry.ts'
import type { Adapter, Notice, Place } from '../adapter.ts'

interface Module {
  encode(value: unknown): Uint8Array
  decodeMultiStream(bytes: AsyncIterable<Uint8Array>): AsyncGenerator
}

interface Header {
  readonly Seq: number
  readonly Error: string
}

interface Told {
  readonly Event: string
  readonly LTime?: number
  readonly Name?: string
  readonly Payload?: string | Uint8Array
  readonly Members?: readonly { readonly Name: string; readonly Status?: string }[]
}

/** The numbers of the two questions that are answered by more than a header. */
const [handshake, stream, members] = [1, 2, 3]

/**
 * User events of a Serf agent on this host, over its RPC protocol (MessagePack over TCP): the key is the event's name. Agents keep the last
 * 512 moments of events and hand them on when they compare each other; they keep no state. Strings stay below 32 bytes, which old and new
 * MessagePack write alike. Events come in any order; of a key's the one with the latest Lamport time counts.
 */
export async function serf(place: Place, notice: Notice): Promise<Adapter> {
  const { encode, decodeMultiStream } = await load<Module>('@msgpack/msgpack')
  const socket = await retry(() => opened(place.address, Number(place.settings['rpc'])))
  const decoder = new TextDecoder()
  let asked = members
  const ask = (Seq: number, Command: string, body?: unknown): void => {
    const parts = [encode({ Command, Seq }), ...(body === undefined ? [] : [encode(body)])]
    socket.write(Buffer.concat(parts))
  }
  const latest = new Map<string, number>()
  const take = ({ Event, LTime = 0, Name = '', Payload = '', Members = [] }: Told): void => {
    if (Event === 'user' && LTime >= (latest.get(Name) ?? 0)) {
      latest.set(Name, LTime)
      notice.changed(Name, typeof Payload === 'string' ? Payload : decoder.decode(Payload))
    }
    for (const member of Members) {
      if (member.Name === place.name) continue
      if (Event === 'member-join') notice.came(member.Name)
      else if (Event === 'member-failed' || Event === 'member-leave') notice.gone(member.Name)
    }
  }
  const listen = async (): Promise<void> => {
    const messages = decodeMultiStream(socket)
    let isStreaming = false
    for await (const message of messages) {
      const { Seq, Error: trouble } = message as Header
      if (trouble !== '') throw new Error(`serf: ${trouble}`)
      if (Seq === members || (Seq === stream && isStreaming)) {
        const { value } = (await messages.next()) as { value: Told }
        take(Seq === members ? { ...value, Event: 'member-join' } : value)
      } else if (Seq === stream) isStreaming = true
    }
  }
  listen().catch((error: unknown) => {
    throw error
  })
  ask(handshake, 'handshake', { Version: 1 })
  ask(stream, 'stream', { Type: '*' })
  ask(members, 'members')
  return {
    set(key, value) {
      asked += 1
      ask(asked, 'event', { Name: key, Payload: value, Coalesce: false })
    },
    async stop() {
      socket.destroy()
    },
  }
}

function opened(address: string, port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, address)
    socket.once('error', reject)
    socket.once('connect', () => {
      socket.setNoDelay()
      resolve(socket)
    })
  })
}
