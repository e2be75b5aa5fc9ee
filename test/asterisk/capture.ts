import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** One SIP message between two real Asterisk (development version of August 2026, pjproject 2.17), as it was on the wire. */
export interface Captured {
  readonly scene: string
  readonly atMs: number
  readonly source: string
  readonly target: string
  readonly bytes: number
  readonly text: string
}

export const capture: readonly Captured[] = JSON.parse(
  readFileSync(join(import.meta.dirname, 'capture.json'), 'utf8'),
) as Captured[]
