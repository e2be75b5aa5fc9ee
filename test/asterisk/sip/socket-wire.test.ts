import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { connect, createServer, type AddressInfo } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import { SocketWire } from '../../../src/asterisk/sip/socket-wire.ts'
import type { Origin, Place, WireHandlers } from '../../../src/asterisk/sip/wire.ts'
import { publishText } from './messages.ts'
import { freePort } from '../../support/free-port.ts'

class Heard implements WireHandlers {
  readonly messages: { readonly text: string; readonly origin: Origin }[] = []
  readonly losses: Place[] = []
  readonly drops: string[] = []
  isOpen = true
  #look: () => void = () => {}

  accepts(): boolean {
    return this.isOpen
  }

  received(data: Uint8Array, origin: Origin): void {
    this.messages.push({ text: Buffer.from(data).toString(), origin })
    this.#look()
  }

  lost(place: Place): void {
    this.losses.push(place)
    this.#look()
  }

  dropped(reason: string): void {
    this.drops.push(reason)
    this.#look()
  }

  until(holds: (heard: this) => boolean): Promise<void> {
    return new Promise((resolve) => {
      this.#look = (): void => {
        if (holds(this)) resolve()
      }
      this.#look()
    })
  }
}

describe('the wire on sockets', () => {
  const closers: (() => unknown)[] = []
  afterEach(async () => {
    for (const close of closers.splice(0).toReversed()) await close()
  })

  async function opened(): Promise<{ wire: SocketWire; heard: Heard; port: number }> {
    const port = await freePort()
    const wire = new SocketWire({ host: '127.0.0.1', port })
    const heard = new Heard()
    await wire.start(heard)
    closers.push(() => wire.stop())
    return { wire, heard, port }
  }

  test('takes datagrams and answers to their sender', async () => {
    const { wire, heard, port } = await opened()
    const peer = createSocket('udp4')
    closers.push(() => peer.close())
    peer.send(publishText({}), port, '127.0.0.1')
    await heard.until(({ messages }) => messages.length === 1)
    const [{ text, origin } = { text: '', origin: undefined }] = heard.messages
    expect(text).toBe(publishText({}))
    wire.reply(Buffer.from('answer'), origin!)
    const [answer] = (await once(peer, 'message')) as [Buffer]
    expect(answer.toString()).toBe('answer')
  })

  test('takes no stream from where none is wanted', async () => {
    const { heard, port } = await opened()
    heard.isOpen = false
    const peer = connect(port, '127.0.0.1')
    closers.push(() => peer.destroy())
    await once(peer, 'close')
    expect(heard.drops).toEqual(['foreign-address'])
  })

  test('takes streams on the same port, cuts them, answers on them, and drops what cannot be cut', async () => {
    const { wire, heard, port } = await opened()
    const peer = connect(port, '127.0.0.1')
    closers.push(() => peer.destroy())
    const text = publishText({ transport: 'TCP' })
    peer.write(`${text}\r\n\r\n${text.slice(0, 50)}`)
    await heard.until(({ messages }) => messages.length === 1)
    expect(((await once(peer, 'data')) as [Buffer])[0].toString()).toBe('\r\n')
    peer.write(text.slice(50))
    await heard.until(({ messages }) => messages.length === 2)
    wire.reply(Buffer.from('answer'), heard.messages[1]!.origin)
    expect(((await once(peer, 'data')) as [Buffer])[0].toString()).toBe('answer')
    peer.write('OPTIONS sip:a SIP/2.0\r\nVia: x\r\n\r\n')
    await once(peer, 'close')
    expect(heard.drops).toEqual(['content-length-unreadable'])
  })

  test('opens a stream where a request goes over TCP, uses it again, and tells when it broke', async () => {
    const { wire, heard } = await opened()
    const server = createServer().listen(0, '127.0.0.1')
    closers.push(() => server.close())
    await once(server, 'listening')
    const to = { host: '127.0.0.1', port: (server.address() as AddressInfo).port }
    wire.send(Buffer.from('a'), 'tcp', to)
    wire.send(Buffer.from('b'), 'tcp', to)
    const [socket] = (await once(server, 'connection')) as [import('node:net').Socket]
    let got = ''
    for await (const data of socket) {
      got += String(data)
      if (got === 'ab') break
    }
    await heard.until(({ losses }) => losses.length === 1)
    expect(heard.losses).toEqual([to])
  })

  test('tells a refused stream', async () => {
    const { wire, heard } = await opened()
    wire.send(Buffer.from('a'), 'tcp', { host: '127.0.0.1', port: await freePort() })
    await heard.until(({ losses }) => losses.length === 1)
  })

  test('a place that is taken is a failure with its address, and leaves nothing open', async () => {
    const { port } = await opened()
    const second = new SocketWire({ host: '127.0.0.1', port })
    await expect(second.start(new Heard())).rejects.toMatchObject({
      code: 'address-unusable',
      message: expect.stringContaining(`127.0.0.1:${port}`),
    })
  })
})
