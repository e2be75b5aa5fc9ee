import type { Place, Transport } from './sip/wire.ts'

/** How the bridge to the local Asterisk is set up: the `[asterisk]` section, read. */
export interface BridgeSettings {
  /** `bridge` exchanges states both ways; `observe` listens and compares, and sends Asterisk nothing but answers. */
  readonly mode: 'bridge' | 'observe'
  /** Where Asterisk's requests are awaited, by UDP and TCP. */
  readonly sipListen: Place
  /** Where Asterisk is. */
  readonly asterisk: Place
  /** What both sides send over. */
  readonly transport: Transport
  /** Names the sections in pjsip.conf, and the user of the request URIs. */
  readonly name: string
  readonly credentials: { readonly username: string; readonly password: string } | undefined
  /** Regular expressions, looked for anywhere in the name and without regard to case, as Asterisk does; undefined for all. */
  readonly devicesIn: string | undefined
  readonly devicesOut: string | undefined
  readonly mailboxesIn: string | undefined
  readonly mailboxesOut: string | undefined
  /** What becomes of the mailboxes of an entity that departed. */
  readonly departedMailboxes: 'keep' | 'clear'
}

/** Seconds between two refreshes of a publication where nothing else is said. */
export const expirationS = 60

/** Tells whether a name passes a filter. */
export function filterOf(pattern: string | undefined): (name: string) => boolean {
  if (pattern === undefined) return () => true
  const expression = new RegExp(pattern, 'i')
  return (name) => expression.test(name)
}
