import { createSocket, type Socket as DatagramSocket } from 'node:dgram'
import type { LookupOneOptions } from 'node:dns'
import { connect, createServer, isIPv6, type Server, type Socket } from 'node:net'
import { Failure } from '../../runtime/failure.ts'
import { sipLimits } from './limits.ts'
import { StreamReader } from './stream-reader.ts'
import type { Origin, Place, Transport, Wire, WireHandlers } from './wire.ts'

interface Stream {
  readonly socket: Socket
  readonly remote: Place
  /** Whether it was opened from here. */
  readonly isOwn: boolean
}

type FoundAddress = (error: NodeJS.ErrnoException | null, address: string, family: number) => void

/** The machine's sockets: one UDP and one TCP port of the same number, and streams towards the peer. */
export class SocketWire implements Wire {
  readonly #local: Place
  readonly #streams = new Map<number, Stream>()
  #lastStream = 0
  #datagrams: DatagramSocket | undefined
  #server: Server | undefined
  #handlers: WireHandlers | undefined

  constructor(local: Place) {
    this.#local = local
  }

  async start(handlers: WireHandlers): Promise<void> {
    this.#handlers = handlers
    try {
      await this.#listenForDatagrams(handlers)
      await this.#listenForStreams()
    } catch (cause) {
      await this.stop()
      const { host, port } = this.#local
      const reason = (cause as Error).message
      throw new Failure('address-unusable', `sip_listen: nothing can be received at ${host}:${port}: ${reason}`, {
        cause,
      })
    }
  }

  async stop(): Promise<void> {
    this.#handlers = undefined
    for (const { socket } of this.#streams.values()) socket.destroy()
    this.#streams.clear()
    const [datagrams, server] = [this.#datagrams, this.#server]
    this.#datagrams = undefined
    this.#server = undefined
    await Promise.all([
      datagrams === undefined ? undefined : new Promise<void>((resolve) => datagrams.close(() => resolve())),
      server?.listening === true ? new Promise<void>((resolve) => server.close(() => resolve())) : undefined,
    ])
  }

  send(data: Uint8Array, transport: Transport, to: Place): void {
    if (transport === 'udp') this.#datagrams?.send(data, to.port, to.host, () => {})
    else this.#write(this.#streamTo(to), data)
  }

  reply(data: Uint8Array, to: Origin): void {
    if (to.stream === undefined) this.#datagrams?.send(data, to.port, to.host, () => {})
    else this.#write(to.stream, data)
  }

  #listenForDatagrams(handlers: WireHandlers): Promise<void> {
    const { host, port } = this.#local
    const family = isIPv6(host) ? 6 : 4
    const socket = createSocket({
      type: `udp${family}`,
      // A burst of a whole dump of states comes faster than it is read.
      recvBufferSize: 4 * 1024 * 1024,
      // Places are addresses already. Node.js looks even those up, and so sends only when what follows the sending is done.
      lookup: (address: string, _options: LookupOneOptions, found: FoundAddress) => found(null, address, family),
    })
    this.#datagrams = socket
    socket.on('message', (data, { address, port: from }) => {
      handlers.received(data, { transport: 'udp', stream: undefined, host: address, port: from })
    })
    return new Promise((resolve, reject) => {
      socket.once('error', reject)
      socket.bind(port, host, () => {
        socket.removeListener('error', reject)
        // Errors of single datagrams (nobody listens there) are silence, which the transactions know.
        socket.on('error', () => handlers.dropped('socket-error'))
        resolve()
      })
    })
  }

  #listenForStreams(): Promise<void> {
    const server = createServer((socket) => {
      const remote = { host: socket.remoteAddress ?? '', port: socket.remotePort ?? 0 }
      if (this.#handlers?.accepts(remote) !== true) {
        this.#handlers?.dropped('foreign-address')
        socket.destroy()
        return
      }
      if (this.#streams.size >= sipLimits.connectionsMax) {
        this.#handlers?.dropped('too-many-streams')
        socket.destroy()
        return
      }
      this.#adopt(socket, remote, false)
    })
    this.#server = server
    return new Promise((resolve, reject) => {
      server.once('error', reject)
      server.listen(this.#local.port, this.#local.host, () => resolve())
    })
  }

  #streamTo(to: Place): number {
    for (const [number, { remote, isOwn }] of this.#streams) {
      if (isOwn && remote.host === to.host && remote.port === to.port) return number
    }
    return this.#adopt(connect({ host: to.host, port: to.port, noDelay: true }), to, true)
  }

  #adopt(socket: Socket, remote: Place, isOwn: boolean): number {
    this.#lastStream += 1
    const number = this.#lastStream
    this.#streams.set(number, { socket, remote, isOwn })
    const reader = new StreamReader()
    socket.setNoDelay(true)
    socket.on('data', (data) => {
      const { messages, broken } = reader.take(data)
      for (let met = reader.takeKeepAlives(); met > 0; met -= 1) this.#write(number, Buffer.from('\r\n'))
      for (const message of messages) {
        this.#handlers?.received(message, { ...remote, transport: 'tcp', stream: number })
      }
      if (broken === undefined) return
      this.#handlers?.dropped(broken)
      socket.destroy()
    })
    // What failed is told by the close that follows.
    socket.on('error', () => {})
    socket.on('close', () => {
      this.#streams.delete(number)
      if (isOwn) this.#handlers?.lost(remote)
    })
    return number
  }

  #write(number: number, data: Uint8Array): void {
    const socket = this.#streams.get(number)?.socket
    if (socket === undefined) return
    if (socket.writableLength > sipLimits.streamBacklogMaxBytes) socket.destroy()
    else socket.write(data)
  }
}
