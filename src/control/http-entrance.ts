import type { FastifyInstance } from 'fastify'
import { Failure } from '../runtime/failure.ts'
import { controlApp } from './app.ts'
import type { ControlContext } from './context.ts'
import { guard, type GuardRules } from './guard.ts'
import { readTokenFile, tokenCheck } from './token.ts'

/** Where to serve over TCP. An address that others than this machine can reach needs a token. */
export interface HttpOptions {
  readonly host: string
  readonly port: number
  /** Path of a file that only its owner may read; undefined: whoever reaches the address may ask. */
  readonly tokenFile: string | undefined
}

interface Open {
  readonly options: HttpOptions
  readonly app: FastifyInstance
  url: string
  /** May be another one while it is open. */
  token: string | undefined
}

const loopbackHosts = /^(localhost|127(\.\d{1,3}){3}|::1)$/

/** Whether only this machine can reach a host. */
const isLoopback = (host: string): boolean => loopbackHosts.test(host)

/** The control interface over TCP, behind its guard. It may be moved, or given another token, while the node runs. */
export class HttpEntrance {
  readonly #context: ControlContext
  #open: Open | undefined

  constructor(context: ControlContext) {
    this.#context = context
  }

  /** Where it is served, such as `http://127.0.0.1:8088`. */
  get url(): string | undefined {
    return this.#open?.url
  }

  /**
   * Serves there, with the token as its file has it now; undefined: nowhere. True where anything is other than before. Rejects with a
   * `Failure` where it cannot, and then it is served as before.
   */
  async use(options: HttpOptions | undefined): Promise<boolean> {
    const before = this.#open
    if (options === undefined) {
      await this.close()
      return before !== undefined
    }
    const token = await tokenOf(options)
    const isSamePort = before?.options.port === options.port
    if (isSamePort && before.options.host === options.host) {
      const isOther = before.token !== token
      before.token = token
      return isOther
    }
    // With one port two hosts may be one address for the system: it must be free before it is taken.
    if (isSamePort) await this.close()
    try {
      this.#open = await this.#serve(options, token)
    } catch (error) {
      if (isSamePort) this.#open = await this.#serve(before.options, before.token)
      throw error
    }
    await before?.app.close()
    return true
  }

  /** Ends streams and connections. */
  async close(): Promise<void> {
    const open = this.#open
    this.#open = undefined
    await open?.app.close()
  }

  async #serve(options: HttpOptions, token: string | undefined): Promise<Open> {
    const { host, port } = options
    const app = controlApp(this.#context)
    const open: Open = { options, app, url: '', token }
    guard(app, () => rulesOf(open), this.#context.refused)
    try {
      // The name may stand for two addresses, and the limits belong to one server.
      open.url = await app.listen({ host: host === 'localhost' ? '127.0.0.1' : host, port })
      return open
    } catch (cause) {
      await app.close()
      const reason = (cause as Error).message
      throw new Failure('address-unusable', `HTTP cannot be served on ${host} port ${port}: ${reason}`, { cause })
    }
  }
}

async function tokenOf({ host, tokenFile }: HttpOptions): Promise<string | undefined> {
  if (tokenFile !== undefined) return readTokenFile(tokenFile)
  if (isLoopback(host)) return undefined
  const remedy = 'give a token with --http-token-file, or serve it on 127.0.0.1'
  throw new Failure('invalid-argument', `HTTP on ${host} would let whoever reaches it write: ${remedy}`)
}

function rulesOf({ token, options }: Open): GuardRules {
  if (token === undefined) return { isLoopback: isLoopback(options.host), token }
  return { isLoopback: false, token: tokenCheck(token) }
}
