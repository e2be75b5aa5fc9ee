import { Socket } from 'node:net'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { SocketChunks } from '../../src/network/socket-chunks.ts'

/** A socket that brings what is pushed into it. */
function subject(): { readonly socket: Socket; readonly chunks: SocketChunks; readonly heard: number[] } {
  const socket = new Socket()
  const heard: number[] = []
  return { socket, heard, chunks: new SocketChunks(socket, (bytes) => heard.push(bytes)) }
}

const next = async (chunks: SocketChunks): Promise<string | undefined> => {
  const { value } = await chunks.next()
  return value === undefined ? undefined : Buffer.from(value).toString()
}

describe('the chunks of a socket', () => {
  it('come in their order, whether somebody waits for them or not, and then end', async () => {
    const { socket, chunks, heard } = subject()
    const first = next(chunks)
    socket.push('one')
    expect(await first).toBe('one')
    for (const text of ['two', 'three', 'four']) socket.push(text)
    socket.push(null)
    expect(await next(chunks)).toBe('two')
    await nextTurn()
    expect(await next(chunks)).toBe('three')
    expect(await next(chunks)).toBe('four')
    expect(await chunks.next()).toEqual({ done: true, value: undefined })
    expect(heard).toEqual([3, 3, 5, 4])
    expect(socket.destroyed).toBe(true)
  })

  it('stay in the socket while nobody wants them, but for one', async () => {
    const { socket, chunks, heard } = subject()
    for (let turn = 0; turn < 5; turn += 1) {
      socket.push('chunk')
      await nextTurn()
    }
    expect(heard).toEqual([5])
    expect(socket.readableLength).toBe(20)
    expect(await next(chunks)).toBe('chunk')
    await nextTurn()
    expect(heard).toHaveLength(2)
  })

  it('end with its error, or because it closed too early, after what had come', async () => {
    const broken = subject()
    broken.socket.push('last')
    await nextTurn()
    broken.socket.destroy(new Error('reset by peer'))
    await nextTurn()
    expect(await next(broken.chunks)).toBe('last')
    await expect(broken.chunks.next()).rejects.toThrow('reset by peer')
    const closed = subject()
    const waiting = closed.chunks.next()
    closed.socket.destroy()
    await expect(waiting).rejects.toThrow('closed before its end')
    await expect(closed.chunks.next()).rejects.toThrow('closed before its end')
    await expect(new SocketChunks(closed.socket, () => {}).next()).rejects.toThrow('is closed')
  })

  it('take the socket with them when nobody reads on', async () => {
    const { socket, chunks } = subject()
    socket.push('one')
    for await (const chunk of chunks) {
      expect(Buffer.from(chunk).toString()).toBe('one')
      break
    }
    expect(socket.destroyed).toBe(true)
  })
})
