/** From what a person must see to what only a developer wants; each includes those before it. */
export const logLevels = ['error', 'warn', 'info', 'debug'] as const
export type LogLevel = (typeof logLevels)[number]

/** Facts beside a log message; values are printed as JSON. */
export type LogFields = Readonly<Record<string, unknown>>

/** Where the node tells what it does. A pino logger fits through `pinoLog` in the command line's room. */
export interface Log {
  error(message: string, fields?: LogFields): void
  warn(message: string, fields?: LogFields): void
  info(message: string, fields?: LogFields): void
  debug(message: string, fields?: LogFields): void
}

/** Says nothing: the default of the library. */
export const silentLog: Log = { error() {}, warn() {}, info() {}, debug() {} }
