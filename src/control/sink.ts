import type { ServerResponse } from 'node:http'
import type { WebSocket } from '@fastify/websocket'

/** Where a stream's text goes. */
export interface Sink {
  write(text: string): void
  /** Says nothing, to keep the connection, and to find out whether somebody is still there. */
  ping(): void
  /** Calls `taken` when the system has taken all that was written, or the connection broke. */
  whenTaken(taken: () => void): void
  /** Bytes of what was written that still wait in this process. */
  waitingBytes(): number
  /** Ends in good order. */
  end(): void
  /** Ends at once; what waits is lost. */
  destroy(): void
  onClose(listener: () => void): void
}

/** Server-sent events (HTML Living Standard, "Server-sent events"). */
export function responseSink(response: ServerResponse): Sink {
  // A subscriber that goes away breaks the pipe; its `close` follows and says all there is to say.
  response.on('error', () => {})
  response.writeHead(200, {
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store',
    'x-accel-buffering': 'no',
  })
  return {
    write: (text) => void response.write(text),
    ping: () => void response.write(': still here\n\n'),
    whenTaken: (taken) => void response.write(':\n\n', () => taken()),
    waitingBytes: () => response.writableLength,
    end: () => void response.end(),
    destroy: () => void response.destroy(),
    onClose: (listener) => void response.on('close', listener),
  }
}

/** Closed because the node stops (RFC 6455, section 7.4.1). */
const goingAway = 1001

/** A WebSocket, one message a text. */
export function socketSink(socket: WebSocket): Sink {
  let isAnswering = true
  socket.on('error', () => {})
  socket.on('pong', () => {
    isAnswering = true
  })
  return {
    write: (text) => socket.send(text, () => {}),
    ping: () => {
      if (!isAnswering) socket.terminate()
      isAnswering = false
      socket.ping()
    },
    whenTaken: (taken) => socket.ping('', false, () => taken()),
    waitingBytes: () => socket.bufferedAmount,
    end: () => socket.close(goingAway, 'the node stops'),
    destroy: () => socket.terminate(),
    onClose: (listener) => void socket.on('close', listener),
  }
}
