import type { FastifyInstance } from 'fastify'
import type { KnownRoute } from './api-description.ts'

/** All routes of an application, gathered while they are added. */
export class KnownRoutes {
  readonly #methods = new Map<string, Set<string>>()
  readonly described: KnownRoute[] = []

  /** Gathers every route that is added from now on; one of the API must say what it is, or OpenAPI would pass it over. */
  gather(app: FastifyInstance): void {
    app.addHook('onRoute', ({ method, url, schema, config }) => {
      for (const one of [method].flat()) {
        const methods = this.#methods.get(url) ?? new Set()
        this.#methods.set(url, methods.add(one))
        if (one === 'HEAD') continue
        if (config?.describe === undefined) {
          if (url.startsWith('/api/')) throw new Error(`${one} ${url} has no description`)
          continue
        }
        const { querystring, body } = schema ?? {}
        this.described.push({ method: one, url, querystring, body, describe: config.describe })
      }
    })
  }

  /** The methods that a path takes; none where there is no such path. */
  methodsOf(path: string): readonly string[] {
    for (const [url, methods] of this.#methods) if (matches(url, path)) return [...methods]
    return []
  }
}

/** Whether a path is of a route's pattern, whose last part may stand for anything (`*`, `:entity`). */
function matches(url: string, path: string): boolean {
  const [head, open] = url.split(/[*:]/, 2)
  if (open === undefined || head === undefined) return url === path
  return path.startsWith(head) && (url.endsWith('*') || !path.slice(head.length).includes('/'))
}
