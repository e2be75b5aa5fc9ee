/** What reading text or bytes gives: the value, or a sentence that says what was wrong. */
export type Parsed<Value> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly reason: string }

/**
 * What was read.
 *
 * @example
 * ```ts
 * import { parsed, unparsed, type Codec } from 'lampfield'
 *
 * const byte: Codec<number> = {
 *   encode: (value) => Uint8Array.of(value),
 *   decode: ([value, ...more]) => (value === undefined || more.length > 0 ? unparsed('one byte is wanted') : parsed(value)),
 * }
 * console.log(byte.decode(Uint8Array.of(7)))
 * ```
 */
export const parsed = <Value>(value: Value): Parsed<Value> => ({ ok: true, value })
/**
 * What could not be read, and why: a sentence for people.
 *
 * @example
 * ```ts
 * import { unparsed } from 'lampfield'
 *
 * console.log(unparsed('a room has a number').reason)
 * ```
 */
export const unparsed = (reason: string): { readonly ok: false; readonly reason: string } => ({ ok: false, reason })
