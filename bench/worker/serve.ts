import type { Operation, Reply, Request } from './protocol.ts'

/** For each operation of a table what does it. */
export type Handlers<Known> = {
  readonly [Name in keyof Known]: Known[Name] extends Operation<infer Argument, infer Answer>
    ? (argument: Argument) => Answer | Promise<Answer>
    : never
}

/** Answers what the driver asks over the process's IPC channel, until the driver ends this process or is gone. */
export function serve<Known>(handlers: Handlers<Known>): void {
  const answer = async ({ id, name, argument }: Request): Promise<Reply> => {
    try {
      // The driver's calls are checked against the same table, so a name and its argument belong together.
      const handler = handlers[name as keyof Known] as (argument: unknown) => unknown
      return { id, answer: await handler(argument) }
    } catch (error) {
      return { id, error: error instanceof Error ? (error.stack ?? error.message) : String(error) }
    }
  }
  process.on('message', (request: Request) => {
    void answer(request).then((reply) => process.send?.(reply))
  })
  // The driver is gone, whatever ended it: nobody would ever end this process.
  process.on('disconnect', () => process.exit(0))
  // Ctrl-C in a terminal goes to the whole group; the driver decides who ends when.
  process.on('SIGINT', () => {})
}
