import { closeSync, openSync } from 'node:fs'
import { join } from 'node:path'
import { Failure } from '../runtime/failure.ts'

/** The control socket's name in the data directory. */
export const socketName = 'control.sock'

/** Bytes of a Unix socket's address without its closing NUL: `sun_path` of unix(7), and of Darwin's unix(4). */
const addressMaxBytes = process.platform === 'linux' ? 107 : 103

/** A path by which a socket can be bound or connected; it holds until it is released. */
export interface SocketPath {
  readonly path: string
  release(): void
}

/**
 * The path of a socket in a directory. Where it is too long for a socket's address, Linux lets the directory be named by an open
 * file, so that the socket stays where it belongs and no second place has to be agreed upon.
 */
export function socketPathIn(directory: string, name: string = socketName): SocketPath {
  const path = join(directory, name)
  const bytes = Buffer.byteLength(path)
  if (bytes <= addressMaxBytes) return { path, release() {} }
  if (process.platform !== 'linux') {
    const problem = `the path of its control socket has ${bytes} bytes, and at most ${addressMaxBytes} are possible`
    throw new Failure('data-directory-unusable', `data directory ${directory}: ${problem}; choose a shorter path`)
  }
  const descriptor = openSync(directory, 'r')
  let open = true
  return {
    path: `/proc/self/fd/${descriptor}/${name}`,
    release() {
      if (open) closeSync(descriptor)
      open = false
    },
  }
}
