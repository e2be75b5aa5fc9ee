import { apiShapes } from './api-shapes.ts'
import { problemContentType } from './problem.ts'
import type { Answer, Description } from './routes/describe.ts'

/** What is known of a route: the schemas by which it checks requests, and what was said of it. */
export interface KnownRoute {
  readonly method: string
  /** As the router has it, with `*` for the name at its end. */
  readonly url: string
  readonly querystring: unknown
  readonly body: unknown
  readonly describe: Description
}

/** What stands for a name at the end of a route's path. */
const lastPart = /\*|:\w+/

interface Properties {
  readonly required?: readonly string[]
  readonly properties?: Readonly<Record<string, Readonly<Record<string, unknown>>>>
}

/** The description of the interface in OpenAPI 3.1, made from the routes themselves. */
export function apiDescription(routes: readonly KnownRoute[], version: string): Readonly<Record<string, unknown>> {
  const paths: Record<string, Record<string, unknown>> = {}
  for (const route of routes) {
    const path = route.url.replace(lastPart, '{name}')
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operation(route) }
  }
  return {
    openapi: '3.1.1',
    info: {
      title: 'Lampfield',
      version,
      description:
        'The state that a cluster of PBX servers shares, as one of its nodes sees it. Names and shapes are those of the REST interface of Asterisk where it has them.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    paths,
    components: {
      schemas: apiShapes,
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer', description: 'The token of --http-token-file, where one is set.' },
        basic: { type: 'http', scheme: 'basic', description: 'The token as the password, whatever the user.' },
      },
    },
    security: [{}, { bearer: [] }, { basic: [] }],
  }
}

function operation({ url, querystring, body, describe }: KnownRoute): Readonly<Record<string, unknown>> {
  const { id, summary, name, answers } = describe
  const nameParameter = {
    name: 'name',
    in: 'path',
    required: true,
    description: `${name ?? 'The name'}; a slash in it may be written as it is or as %2F.`,
    schema: { type: 'string' },
  }
  const { required = [], properties = {} } = (querystring ?? {}) as Properties
  const parameters = Object.entries(properties).map(([key, { description, ...schema }]) => ({
    name: key,
    in: 'query',
    required: required.includes(key),
    ...(description === undefined ? {} : { description }),
    schema,
  }))
  const responses = Object.entries(answers).map(([status, answer]) => [status, response(answer)])
  return {
    operationId: id,
    summary,
    parameters: lastPart.test(url) ? [nameParameter, ...parameters] : parameters,
    ...(body === undefined ? {} : { requestBody: { content: bodies(body) } }),
    responses: { ...Object.fromEntries(responses), default: response({ shape: 'Problem' }) },
  }
}

const bodies = (schema: unknown): Readonly<Record<string, unknown>> => ({
  'application/json': { schema },
  'application/x-www-form-urlencoded': { schema },
})

function response({ description, contentType, shape, isList = false }: Answer): Readonly<Record<string, unknown>> {
  const reference = { $ref: `#/components/schemas/${shape ?? ''}` }
  const schema = shape === undefined ? { type: 'string' } : isList ? { type: 'array', items: reference } : reference
  const type = contentType ?? (shape === 'Problem' ? problemContentType : 'application/json')
  const isEmpty = shape === undefined && contentType === undefined
  return {
    description: description ?? (shape === 'Problem' ? 'Why not.' : 'What was asked for.'),
    ...(isEmpty ? {} : { content: { [type]: { schema } } }),
  }
}
