import { once } from 'node:events'
import { readFile, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'

/** A listening address with any free port. */
const anyPort = /^(\/ip[46]\/([^/]+)\/tcp\/)0$/

const fileIn = (dataDirectory: string): string => join(dataDirectory, 'port')

/**
 * The addresses to listen on: where any free port is wanted, the one of last time while it is free. Others remember this node by it, and find it again
 * where multicast does not reach.
 */
export async function withKeptPort(listen: readonly string[], dataDirectory: string): Promise<readonly string[]> {
  const [, head, host] = (listen.length === 1 ? anyPort.exec(listen[0] ?? '') : null) ?? []
  if (head === undefined || host === undefined) return listen
  const text = await readFile(fileIn(dataDirectory), 'utf8').catch(() => '')
  const port = Number(/^(\d{1,5})\n?$/.exec(text)?.[1] ?? 0)
  if (port < 1024 || port > 65_535 || !(await isFree(host, port))) return listen
  return [`${head}${port}`]
}

/** Keeps the port that the system chose, where it was asked to choose. That it cannot be kept is no reason to trouble anybody. */
export async function keepPort(
  listen: readonly string[],
  addresses: readonly string[],
  dataDirectory: string,
): Promise<void> {
  const port = /\/tcp\/(\d+)/.exec(addresses[0] ?? '')?.[1]
  if (listen.length !== 1 || !anyPort.test(listen[0] ?? '') || port === undefined) return
  await writeFile(fileIn(dataDirectory), `${port}\n`, { mode: 0o600 }).catch(() => {})
}

async function isFree(host: string, port: number): Promise<boolean> {
  const server = createServer()
  try {
    server.listen({ host, port, exclusive: true })
    await once(server, 'listening')
    return true
  } catch {
    return false
  } finally {
    server.close()
  }
}
