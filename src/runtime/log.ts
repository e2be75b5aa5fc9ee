/** From what a person must see to what only a developer wants; each includes those before it. */
export const logLevels = ['error', 'warn', 'info', 'debug'] as const
export type LogLevel = (typeof logLevels)[number]

/** Facts beside a log message; values are printed as JSON. */
export type LogFields = Readonly<Record<string, unknown>>

/**
 * Where the node tells what it does. `error` is what a person must see to, `warn` what he should know, `info` what happened, `debug` what a
 * developer wants; a message is a sentence. A pino logger fits through `pinoLog`.
 */
export interface Log {
  /** What a person must see to. */
  error(message: string, fields?: LogFields): void
  /** What a person should know. */
  warn(message: string, fields?: LogFields): void
  /** What happened. */
  info(message: string, fields?: LogFields): void
  /** What only a developer wants. */
  debug(message: string, fields?: LogFields): void
}

/** Says nothing: the default of the library. */
export const silentLog: Log = { error() {}, warn() {}, info() {}, debug() {} }

/** What is used of a pino logger; others with `(fields, message)` fit too. */
export interface PinoLike {
  /** As `Log.error`. */
  error(fields: object, message: string): void
  /** As `Log.warn`. */
  warn(fields: object, message: string): void
  /** As `Log.info`. */
  info(fields: object, message: string): void
  /** As `Log.debug`. */
  debug(fields: object, message: string): void
}

/**
 * A log that writes to a pino logger; its level and its child fields are the logger's.
 *
 * @example
 * ```ts
 * import { createNode, pinoLog } from 'lampfield'
 * import { pino } from 'pino'
 *
 * const node = createNode({ log: pinoLog(pino({ level: 'warn' }).child({ part: 'lampfield' })) })
 * console.log(node.status)
 * ```
 */
export function pinoLog(logger: PinoLike): Log {
  return {
    error: (message, fields) => logger.error(fields ?? {}, message),
    warn: (message, fields) => logger.warn(fields ?? {}, message),
    info: (message, fields) => logger.info(fields ?? {}, message),
    debug: (message, fields) => logger.debug(fields ?? {}, message),
  }
}
