/**
 * A value as JSON in which what is not known is null: a reader can rely on every name being there, where plain
 * `JSON.stringify` would leave it out.
 */
export function toJson(value: unknown, indent?: number): string {
  return JSON.stringify(value, (_name, inner: unknown) => (inner === undefined ? null : inner), indent)
}
