import { chmod, mkdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { FastifyInstance } from 'fastify'
import type { Node } from '../node/node.ts'
import type { Clock } from '../runtime/clock.ts'
import { Failure } from '../runtime/failure.ts'
import type { Log } from '../runtime/log.ts'
import { controlApp } from './app.ts'
import type { ControlContext, LogControl, NamedHint } from './context.ts'
import { EventHub } from './event-hub.ts'
import { HttpEntrance, type HttpOptions } from './http-entrance.ts'
import { Metrics } from './metrics.ts'
import { Refusals } from './refusals.ts'
import type { NodeView, SettingView } from './shapes.ts'
import { socketName, socketPathIn } from './socket-path.ts'

export interface ControlOptions {
  /** Where the socket is made. The node's store lock makes sure that no other node serves the same directory. */
  readonly dataDirectory: string
  readonly version: string
  readonly clock: Clock
  readonly log: Log
  readonly settings: () => readonly SettingView[]
  readonly hints: () => readonly NamedHint[]
  readonly logControl: LogControl
  readonly counts: () => Readonly<Record<string, number>>
  /** The link to a local Asterisk, where there is one. */
  readonly asterisk?: (() => object) | undefined
  /** Also serve the same routes over TCP. */
  readonly http?: HttpOptions | undefined
}

export interface ControlServer {
  readonly socketPath: string
  /** Where it is served over TCP, such as `http://127.0.0.1:8088`. */
  readonly url: string | undefined
  /**
   * Serves over TCP there from now on, with the token as its file has it now; undefined: no more. Rejects with a `Failure` where it cannot,
   * and changes nothing then. True where anything is other than before.
   */
  useHttp(http: HttpOptions | undefined): Promise<boolean>
  /** Ends streams, closes connections and removes the socket. Safe to call again. */
  stop(): Promise<void>
}

/** Serves the control interface of a started node. Rejects with a `Failure` and leaves nothing behind when it cannot. */
export async function startControlServer(node: Node, options: ControlOptions): Promise<ControlServer> {
  const hub = new EventHub(node, options.clock)
  const refusals = new Refusals()
  const { version, log, settings, hints, logControl } = options
  const counts = (): Readonly<Record<string, number>> => ({ ...options.counts(), ...refusals.view() })
  const measuring = new AbortController()
  const metrics = new Metrics({
    node,
    clock: options.clock,
    version,
    stats: () => ({ ...node.stats(), ...hub.stats(), ...counts() }),
    signal: measuring.signal,
  })
  const context: ControlContext = {
    node,
    hub,
    metrics,
    log,
    version,
    settings,
    hints,
    logControl,
    asterisk: options.asterisk,
    identity: identityOf(node, options),
    refused: (reason) => refusals.add(reason),
    counts,
  }
  const entrance = new HttpEntrance(context)
  const closers: (() => Promise<void>)[] = []
  let stopping: Promise<void> | undefined
  const stop = (): Promise<void> => {
    hub.close()
    measuring.abort()
    stopping ??= Promise.all(closers.map((close) => close())).then(() => {})
    return stopping
  }
  try {
    closers.push(await listenOnSocket(controlApp(context), options.dataDirectory))
    closers.push(() => entrance.close())
    await entrance.use(options.http)
    return {
      socketPath: join(options.dataDirectory, socketName),
      get url() {
        return entrance.url
      },
      useHttp: (http) => entrance.use(http),
      stop,
    }
  } catch (error) {
    await stop()
    throw error
  }
}

/**
 * Binds in a directory that only this user may enter, then moves the socket to its place: nobody else can reach it at any moment, and
 * the move replaces the socket that a killed node left behind.
 */
async function listenOnSocket(app: FastifyInstance, dataDirectory: string): Promise<() => Promise<void>> {
  const hidden = join(dataDirectory, 'control.new')
  const socket = join(dataDirectory, socketName)
  const bound = { release: (): void => {} }
  const close = async (): Promise<void> => {
    await rm(socket, { force: true })
    await app.close()
    bound.release()
  }
  try {
    await rm(hidden, { recursive: true, force: true })
    await mkdir(hidden, { mode: 0o700 })
    const made = socketPathIn(hidden)
    bound.release = () => made.release()
    await app.listen({ path: made.path })
    await chmod(join(hidden, socketName), 0o600)
    await rename(join(hidden, socketName), socket)
    await rm(hidden, { recursive: true, force: true })
    return close
  } catch (cause) {
    await app.close()
    bound.release()
    await rm(hidden, { recursive: true, force: true }).catch(() => {})
    if (Failure.is(cause)) throw cause
    const reason = (cause as Error).message
    throw new Failure('data-directory-unusable', `no control socket can be made at ${socket}: ${reason}`, { cause })
  }
}

function identityOf(node: Node, options: ControlOptions): () => NodeView {
  const startedAt = new Date(options.clock.wallMs()).toISOString()
  return () => ({
    entity: node.entity,
    peer: node.peer,
    name: node.name,
    cluster: node.cluster,
    keyed: node.keyed,
    status: node.status,
    addresses: node.addresses(),
    dataDirectory: options.dataDirectory,
    version: options.version,
    pid: process.pid,
    startedAt,
  })
}
