import { destination as pinoDestination, pino, stdTimeFunctions, type DestinationStream } from 'pino'
import pretty from 'pino-pretty'
import type { Log } from '../runtime/log.ts'
import { printable } from './text.ts'

export type LogLevel = 'error' | 'warn' | 'info' | 'debug'
export type LogFormat = 'auto' | 'pretty' | 'json'

export interface LogOptions {
  readonly level: LogLevel
  readonly format: LogFormat
  readonly colour: boolean
  /** Where lines go; each ends with a line feed. */
  readonly destination: DestinationStream
}

/**
 * Bytes of lines that may wait for a reader that does not read. Past it lines are lost: a full disk or a stopped pager must not
 * stop the node.
 */
const waitingMaxBytes = 4 * 1024 * 1024

/** Standard output without blocking the node; `flushSync` writes what waits before the process ends. */
export function logOutput(): DestinationStream & { flushSync(): void } {
  return pinoDestination({ dest: 1, sync: false, maxLength: waitingMaxBytes })
}

/** The log of a program: lines for people, or JSON for machines. */
export function pinoLog({ level, format, colour, destination }: LogOptions): Log {
  const logger = pino(
    { level, base: null, timestamp: stdTimeFunctions.isoTime, formatters: { level: (label) => ({ level: label }) } },
    format === 'json' ? destination : prettyDestination(destination, { level, colour }),
  )
  return {
    error: (message, fields) => logger.error(fields ?? {}, message),
    warn: (message, fields) => logger.warn(fields ?? {}, message),
    info: (message, fields) => logger.info(fields ?? {}, message),
    debug: (message, fields) => logger.debug(fields ?? {}, message),
  }
}

function prettyDestination(
  destination: DestinationStream,
  { level, colour }: Pick<LogOptions, 'level' | 'colour'>,
): DestinationStream {
  const prettify = pretty.prettyFactory({
    colorize: colour,
    translateTime: 'SYS:HH:MM:ss.l',
    singleLine: true,
    // The sentences say it all; who debugs wants the fields too.
    hideObject: level !== 'debug',
    // Names in messages come from other machines.
    messageFormat: (log, key) => printable(String(log[key])),
  })
  return {
    write(line) {
      // pino-pretty leaves the line feed out of some lines.
      destination.write(`${prettify(line).trimEnd()}\n`)
    },
  }
}
