import { createSocket, type Socket } from 'node:dgram'
import type { Adapter, Notice, Place } from '../adapter.ts'

interface Cell {
  readonly cname: string
  readonly strval?: string
}

/** A replicated change, or many of them when a table is handed on as a whole. */
interface Action extends Partial<Cell> {
  readonly cells?: Readonly<Record<string, Cell>>
}

interface Nodes {
  readonly result?: readonly { readonly host: string; readonly status: string }[]
}

/** How often the daemon is asked who is there: it tells nobody by itself. */
const askEachMs = 200

/** A request over UDP is repeated until it is answered: SIP's timer T1. */
const repeatMs = 500

/**
 * A hash table of the Kamailio on this host, written by a SIP request; what its DMQ gets from others, its routing script passes on to this
 * process as it came.
 */
export async function kamailio(place: Place, notice: Notice): Promise<Adapter> {
  const { settings, address, everybody, number } = place
  const [sip, rpc] = [Number(settings['sip']), Number(settings['rpc'])]
  const waiting = new Map<string, () => void>()
  const socket = await opened(address, Number(settings['application']), (text) => {
    const body = text.slice(text.indexOf('\r\n\r\n') + 4)
    if (text.startsWith('SIP/2.0 ')) answered(/^CSeq: (\d+)/im.exec(text)?.[1] ?? '')
    else {
      for (const { cname, strval } of cellsOf(body)) {
        if (cname !== undefined && strval !== undefined) notice.changed(cname, strval)
      }
    }
  })
  const answered = (sequence: string): void => {
    waiting.get(sequence)?.()
    waiting.delete(sequence)
  }
  const questions = await opened(address, 0, (text) => {
    const { result = [] } = JSON.parse(text) as Nodes
    const active = result.filter(({ status }) => status === 'active').map(({ host }) => host)
    for (const [at, other] of everybody.entries()) {
      if (at === number - 1) continue
      if (active.includes(other)) came(`p${at + 1}`)
      else gone(`p${at + 1}`)
    }
  })
  const present = new Set<string>()
  const came = (name: string): void => {
    if (!present.has(name)) notice.came(name)
    present.add(name)
  }
  const gone = (name: string): void => {
    if (present.delete(name)) notice.gone(name)
  }
  const ask = setInterval(() => {
    questions.send('{"jsonrpc":"2.0","method":"dmq.list_nodes","id":1}', rpc, address)
  }, askEachMs)
  let sequence = 0
  return {
    set(key, value) {
      sequence += 1
      const id = String(sequence)
      return new Promise<void>((resolve) => {
        const send = (): void => socket.send(request(place, id, key, value), sip, address)
        const again = setInterval(send, repeatMs)
        waiting.set(id, () => {
          clearInterval(again)
          resolve()
        })
        send()
      })
    },
    async stop() {
      clearInterval(ask)
      socket.close()
      questions.close()
    },
  }
}

function request({ name, address }: Place, id: string, key: string, value: string): string {
  const lines = [
    `PUBLISH sip:state@${address} SIP/2.0`,
    `Via: SIP/2.0/UDP ${address};rport;branch=z9hG4bK${name}${id}`,
    `From: <sip:${name}@${address}>;tag=${name}`,
    `To: <sip:state@${address}>`,
    `Call-ID: ${id}@${name}`,
    `CSeq: ${id} PUBLISH`,
    'Max-Forwards: 5',
    `X-Key: ${key}`,
    `X-Value: ${value}`,
    'Content-Length: 0',
  ]
  return `${lines.join('\r\n')}\r\n\r\n`
}

function cellsOf(body: string): Partial<Cell>[] {
  if (!body.startsWith('{')) return []
  const action = JSON.parse(body) as Action
  return action.cells === undefined ? [action] : Object.values(action.cells)
}

function opened(address: string, port: number, listener: (text: string) => void): Promise<Socket> {
  const socket = createSocket('udp4', (message) => listener(message.toString()))
  // The daemon may not listen yet, or not any more: who waits for an answer has a limit.
  socket.on('error', () => {})
  return new Promise((resolve) => {
    socket.bind(port, address, () => resolve(socket))
  })
}
