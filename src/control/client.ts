import { request, type IncomingMessage } from 'node:http'
import type { ChannelView, CheckReport, Explanation, RoundTripReport, StatsView } from '../node/views.ts'
import { Failure } from '../runtime/failure.ts'
import type { LogLevel } from '../runtime/log.ts'
import type { DeviceState } from '../state/device-state.ts'
import type { MailboxCounts } from '../state/mailbox.ts'
import { readEvents } from './event-reader.ts'
import { problemContentType, problemError, type Problem, type ProblemCode } from './problem.ts'
import {
  apiRoot,
  apiVersion,
  type DeviceStateView,
  type EndEvent,
  type EventType,
  type HintView,
  type LogLevelView,
  type MailboxView,
  type MemberShape,
  type NodeView,
  type SettingView,
  type SnapshotEvent,
  type StreamedEvent,
  type TrustShape,
} from './shapes.ts'
import { socketPathIn, type SocketPath } from './socket-path.ts'

export interface EventRequest {
  readonly pattern?: string | undefined
  readonly channel?: string | undefined
  readonly types?: readonly EventType[]
  readonly snapshot?: boolean
  readonly signal?: AbortSignal
}

/** A local node answers within milliseconds; one that does not within this time is stopped or stuck. */
const answerMaxMs = 5000

/** A check waits for other members in its turn. */
const checkMaxMs = 15_000

/** A change that a member does not show is waited for this long, as is the question before it; with the pause between them and room to spare. */
const changeMaxMs = 5000

/** What connecting gives where there is no directory, no socket, or only the socket of a node that was killed. */
const absent: ReadonlySet<string> = new Set(['ENOENT', 'ENOTDIR', 'ECONNREFUSED', 'ENOTSOCK'])

interface Asked {
  readonly method: 'GET' | 'PUT' | 'POST' | 'DELETE'
  readonly path: string
  readonly query?: Readonly<Record<string, string | undefined>>
  readonly answerMaxMs?: number
}

/** Talks to the running node of a data directory. Every method rejects with a `Failure` where no node answers. */
export class ControlClient {
  readonly #dataDirectory: string
  readonly #answerMaxMs: number

  /** `answerMaxMs`: how long an answer may take, 5000 by default; a check and an event stream have times of their own. */
  constructor(dataDirectory: string, options: { readonly answerMaxMs?: number } = {}) {
    this.#dataDirectory = dataDirectory
    this.#answerMaxMs = options.answerMaxMs ?? answerMaxMs
  }

  node(): Promise<NodeView> {
    return this.#get('/node')
  }

  logLevel(): Promise<LogLevelView> {
    return this.#get('/logLevel')
  }

  /** Until the node is started again, or reads its configuration again. */
  async setLogLevel(level: LogLevel): Promise<void> {
    await this.#ask({ method: 'PUT', path: '/logLevel', query: { level } })
  }

  settings(): Promise<SettingView[]> {
    return this.#get('/settings')
  }

  stats(): Promise<StatsView> {
    return this.#get('/stats')
  }

  members(): Promise<MemberShape[]> {
    return this.#get('/members')
  }

  channels(): Promise<ChannelView[]> {
    return this.#get('/channels')
  }

  hints(): Promise<HintView[]> {
    return this.#get('/hints')
  }

  /** The link to the local Asterisk, in the shape of the bridge's status; rejects where there is none. */
  asterisk<Status>(): Promise<Status> {
    return this.#get('/asterisk')
  }

  /** Changes a device of its own so many times and waits each time until every linked member has it. */
  async roundTrips(changes: number): Promise<RoundTripReport> {
    const query = { changes: String(changes) }
    const answerMaxMs = checkMaxMs + changes * changeMaxMs
    return (await this.#ask({ method: 'POST', path: '/roundTrips', query, answerMaxMs })) as RoundTripReport
  }

  check(): Promise<CheckReport> {
    return this.#get('/check', undefined, checkMaxMs)
  }

  explain(channel: string, key: string): Promise<Explanation> {
    return this.#get(`/explain/${encodeURIComponent(key)}`, { channel })
  }

  trust(): Promise<TrustShape[]> {
    return this.#get('/trust')
  }

  /** True where something was known of the entity. */
  forgetTrust(entity: string): Promise<boolean> {
    return this.#delete(`/trust/${encodeURIComponent(entity)}`)
  }

  async pinTrust(entity: string, peer: string): Promise<void> {
    await this.#ask({ method: 'PUT', path: `/trust/${encodeURIComponent(entity)}`, query: { peer } })
  }

  deviceStates(pattern?: string): Promise<DeviceStateView[]> {
    return this.#get('/deviceStates', { pattern })
  }

  deviceState(name: string): Promise<DeviceStateView> {
    return this.#get(`/deviceStates/${encodeURIComponent(name)}`)
  }

  async setDeviceState(name: string, state: DeviceState): Promise<void> {
    await this.#ask({ method: 'PUT', path: `/deviceStates/${encodeURIComponent(name)}`, query: { deviceState: state } })
  }

  /** True where this entity had said something of the device. */
  unsetDeviceState(name: string): Promise<boolean> {
    return this.#delete(`/deviceStates/${encodeURIComponent(name)}`)
  }

  mailboxes(): Promise<MailboxView[]> {
    return this.#get('/mailboxes')
  }

  /** Undefined where nobody alive says anything of the mailbox. */
  async mailbox(name: string): Promise<MailboxView | undefined> {
    const answer = await this.#ask({ method: 'GET', path: `/mailboxes/${encodeURIComponent(name)}` }, 'not-found')
    return answer as MailboxView | undefined
  }

  async setMailbox(name: string, { newMessages, oldMessages }: MailboxCounts): Promise<void> {
    const query = { oldMessages: String(oldMessages), newMessages: String(newMessages) }
    await this.#ask({ method: 'PUT', path: `/mailboxes/${encodeURIComponent(name)}`, query })
  }

  /** True where this entity had said something of the mailbox. */
  unsetMailbox(name: string): Promise<boolean> {
    return this.#delete(`/mailboxes/${encodeURIComponent(name)}`)
  }

  /**
   * Subscribes and returns what happens from then on: when the promise resolves, no later change is missed. The events end with `end`
   * where the node stops, and with a `Failure` where the stream breaks.
   */
  async events(wanted: EventRequest = {}): Promise<AsyncIterable<StreamedEvent | SnapshotEvent | EndEvent>> {
    const { pattern, channel, types, snapshot, signal } = wanted
    const query = { pattern, channel, types: types?.join(','), snapshot: snapshot === true ? '1' : undefined }
    const response = await this.#open({ method: 'GET', path: '/events', query }, signal)
    if (response.statusCode !== 200) throw problemError(JSON.parse(await readAll(response)) as Problem)
    return readEvents(response, signal)
  }

  async #get<Answer>(path: string, query: Asked['query'] = {}, waitMs: number = this.#answerMaxMs): Promise<Answer> {
    return (await this.#ask({ method: 'GET', path, query, answerMaxMs: waitMs })) as Answer
  }

  async #delete(path: string): Promise<boolean> {
    return (await this.#ask({ method: 'DELETE', path }, 'not-found')) !== undefined
  }

  /** The answer's JSON, null for an empty one, undefined for the problem that the caller expects. */
  async #ask(asked: Asked, expected?: ProblemCode): Promise<unknown> {
    const waitMs = asked.answerMaxMs ?? this.#answerMaxMs
    const response = await this.#open(asked, AbortSignal.timeout(waitMs))
    const text = await readAll(response).catch((error: unknown) => {
      throw this.#unreachable(error as NodeJS.ErrnoException)
    })
    if (response.statusCode === 204) return null
    const body = JSON.parse(text) as unknown
    if (!(response.headers['content-type'] ?? '').startsWith(problemContentType)) return body
    const found = body as Problem
    if (found.code === expected) return undefined
    throw problemError(found)
  }

  #open({ method, path, query }: Asked, signal: AbortSignal | undefined): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      let socket: SocketPath
      try {
        socket = socketPathIn(this.#dataDirectory)
      } catch (error) {
        reject(this.#unreachable(error as NodeJS.ErrnoException))
        return
      }
      const outgoing = request({
        method,
        path: apiRoot + path + queryText(query ?? {}),
        socketPath: socket.path,
        headers: { host: 'localhost' },
        agent: false,
        ...(signal === undefined ? {} : { signal }),
      })
      outgoing.on('close', () => socket.release())
      outgoing.on('error', (error) => reject(this.#unreachable(error)))
      outgoing.on('response', (response) => {
        const mismatch = this.#mismatch(response)
        if (mismatch === undefined) resolve(response)
        else {
          response.destroy()
          reject(mismatch)
        }
      })
      outgoing.end()
    })
  }

  #mismatch({ headers }: IncomingMessage): Failure | undefined {
    if (headers['lampfield-api'] === String(apiVersion)) return undefined
    const version = String(headers['lampfield-version'] ?? 'of an unknown version')
    const remedy = 'use the command of the version that runs, or restart the node'
    const problem = `the node (${version}) and this command speak different control interfaces`
    return new Failure('peer-unreachable', `${problem}: ${remedy}`)
  }

  #unreachable(cause: NodeJS.ErrnoException): Error {
    if (Failure.is(cause)) return cause
    const directory = this.#dataDirectory
    const code = cause.code ?? ''
    if (absent.has(code)) {
      const message = `no node runs with data directory ${directory}: start one with \`lampfield start\``
      return new Failure('not-running', message, { cause })
    }
    if (code === 'EACCES' || code === 'EPERM') {
      const message = `the node in ${directory} belongs to another user: run this command as that user`
      return new Failure('data-directory-unusable', message, { cause })
    }
    const reason = code === 'ABORT_ERR' ? 'does not answer' : `cannot be reached: ${cause.message}`
    return new Failure('not-running', `the node in ${directory} ${reason}`, { cause })
  }
}

function queryText(query: Readonly<Record<string, string | undefined>>): string {
  const parts = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) if (value !== undefined) parts.set(name, value)
  return parts.size === 0 ? '' : `?${parts.toString()}`
}

async function readAll(response: IncomingMessage): Promise<string> {
  let text = ''
  response.setEncoding('utf8')
  for await (const part of response) text += part
  return text
}
