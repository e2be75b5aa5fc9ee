import { fstatSync } from 'node:fs'
import { destination as pinoDestination, pino, stdTimeFunctions, type DestinationStream, type Logger } from 'pino'
import pretty from 'pino-pretty'
import type { LogFormat } from '../config/settings-table.ts'
import { pinoLog, type Log, type LogLevel } from '../runtime/log.ts'
import { printable } from './text.ts'

export interface LogOptions {
  readonly level: LogLevel
  readonly format: 'pretty' | 'json'
  readonly colour: boolean
  /** Where lines go; each ends with a line feed. */
  readonly destination: DestinationStream
}

/** A log whose level may be changed while it is used. */
export interface LevelledLog extends Log {
  level: LogLevel
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

/** What `auto` means here: JSON for systemd's journal, which keeps each line's time itself, and lines for people everywhere else. */
export function logFormat(
  format: LogFormat,
  env: NodeJS.ProcessEnv,
  isOutput: (deviceAndInode: string) => boolean = isStandardOutput,
): 'pretty' | 'json' {
  if (format !== 'auto') return format
  // systemd.exec(5): set to the device and inode of what it connected; whoever redirects the output elsewhere inherits the variable.
  const journal = env['JOURNAL_STREAM'] ?? ''
  return journal !== '' && isOutput(journal) ? 'json' : 'pretty'
}

function isStandardOutput(deviceAndInode: string): boolean {
  const { dev, ino } = fstatSync(1, { bigint: true })
  return deviceAndInode === `${dev}:${ino}`
}

/** The log of a program: lines for people, or JSON for machines. */
export function programLog({ level, format, colour, destination }: LogOptions): LevelledLog {
  const logger: Logger = pino(
    { level, base: null, timestamp: stdTimeFunctions.isoTime, formatters: { level: (label) => ({ level: label }) } },
    format === 'json' ? destination : prettyDestination(destination, colour, () => logger.level === 'debug'),
  )
  return {
    ...pinoLog(logger),
    get level() {
      return logger.level as LogLevel
    },
    set level(wanted) {
      logger.level = wanted
    },
  }
}

function prettyDestination(
  destination: DestinationStream,
  colour: boolean,
  showsFields: () => boolean,
): DestinationStream {
  const prettifier = (hideObject: boolean): ((line: string) => string) =>
    pretty.prettyFactory({
      colorize: colour,
      translateTime: 'SYS:HH:MM:ss.l',
      singleLine: true,
      hideObject,
      // Names in messages come from other machines.
      messageFormat: (log, key) => printable(String(log[key])),
    })
  // The sentences say it all; who debugs wants the fields too.
  const [plain, full] = [prettifier(true), prettifier(false)]
  return {
    write(line) {
      const prettify = showsFields() ? full : plain
      // pino-pretty leaves the line feed out of some lines.
      destination.write(`${prettify(line).trimEnd()}\n`)
    },
  }
}
