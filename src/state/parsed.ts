/** What reading text or bytes gives: the value, or a sentence that says what was wrong. */
export type Parsed<Value> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly reason: string }

export const parsed = <Value>(value: Value): Parsed<Value> => ({ ok: true, value })
export const unparsed = (reason: string): { readonly ok: false; readonly reason: string } => ({ ok: false, reason })
