import type { LevelledLog } from '../../src/cli/log.ts'

export interface KeptLog extends LevelledLog {
  /** `level message`, in order. */
  readonly lines: readonly string[]
}

/** A log that keeps what it was told. */
export function keptLog(): KeptLog {
  const lines: string[] = []
  const keep =
    (level: string) =>
    (message: string): void =>
      void lines.push(`${level} ${message}`)
  return { level: 'debug', lines, error: keep('error'), warn: keep('warn'), info: keep('info'), debug: keep('debug') }
}
