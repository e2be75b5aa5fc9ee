import type { ShapeName } from '../api-shapes.ts'

/** One way in which a route answers. */
export interface Answer {
  readonly description?: string
  readonly contentType?: string
  /** Undefined: there is no body. */
  readonly shape?: ShapeName
  /** The body is a list of the shape. */
  readonly isList?: boolean
}

/** What the interface's description says of a route, beside what its schemas say. */
export interface Description {
  /** The operation's name, for programs that are made from the description. */
  readonly id: string
  readonly summary: string
  /** What the `*` of the path stands for. */
  readonly name?: string
  readonly answers: Readonly<Record<number, Answer>>
}

declare module 'fastify' {
  interface FastifyContextConfig {
    describe?: Description
  }
}

export const answer = (shape: ShapeName): Answer => ({ shape })
export const listOf = (shape: ShapeName): Answer => ({ shape, isList: true })

/** It was done, and there is nothing to say. */
export const done: Answer = { description: 'Done.' }
