import { subscribe } from 'node:diagnostics_channel'
import type { Socket } from 'node:net'

/**
 * A silent cut inside the process, for machines where no network can be cut. The end of a connection that dialled is the one that is cut: it
 * takes no more bytes and swallows what is written, so that neither side hears anything, as with a pulled cable. Unlike there, what was
 * swallowed is not sent again, so a connection that was cut is closed when the cut ends.
 */
export class SocketCut {
  readonly #dialled = new Set<Socket>()
  readonly #cut = new Set<Socket>()
  #ports: ReadonlySet<number> = new Set()

  constructor() {
    subscribe('net.client.socket', (message) => this.#watch((message as { readonly socket: Socket }).socket))
  }

  /** Cuts connections to these ports of the machine, also those still to come; mends those to all others. */
  cut(ports: readonly number[]): undefined {
    this.#ports = new Set(ports)
    for (const socket of this.#cut) {
      if (this.#ports.has(socket.remotePort ?? 0)) continue
      this.#cut.delete(socket)
      socket.destroy()
    }
    for (const socket of this.#dialled) this.#look(socket)
    return undefined
  }

  #watch(socket: Socket): void {
    this.#dialled.add(socket)
    socket.once('connect', () => this.#look(socket))
    socket.once('close', () => {
      this.#dialled.delete(socket)
      this.#cut.delete(socket)
    })
  }

  #look(socket: Socket): void {
    if (this.#cut.has(socket) || !this.#ports.has(socket.remotePort ?? 0)) return
    this.#cut.add(socket)
    socket.write = (...given: unknown[]): boolean => {
      const done = given.find((part) => typeof part === 'function')
      if (typeof done === 'function') queueMicrotask(() => Reflect.apply(done, undefined, []))
      return true
    }
    // What comes from the kernel enters a socket's stream here, the end of the connection included.
    socket.push = () => true
  }
}
