import type { Message } from './messages.ts'

/**
 * The first byte of every message. A node that reads a higher one meets a newer protocol: it says so and drops the message.
 * Additions that older nodes may ignore do not raise it; they come as new kinds.
 */
export const wireVersion = 1

/** The second byte of every message. Numbers are never used again. */
export const kinds: Readonly<Record<Message['kind'], number>> = {
  heartbeat: 1,
  farewell: 2,
  accusation: 3,
  evidence: 4,
  refusal: 5,
  run: 16,
  'roll-over': 17,
  passing: 18,
  compare: 32,
  same: 33,
  vector: 34,
  pull: 35,
  check: 48,
  agreement: 49,
  listed: 50,
}

export const kindOfNumber: ReadonlyMap<number, Message['kind']> = new Map(
  Object.entries(kinds).map(([kind, number]) => [number, kind as Message['kind']]),
)
