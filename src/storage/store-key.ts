import { Failure } from '../runtime/failure.ts'

/** A channel's name and a key of 512 bytes fit with room to spare. */
const storeKeyBytesMax = 1024

/** The bytes of a key, which LevelDB keeps in byte order. */
export function storeKeyBytes(key: string): Uint8Array {
  // Half a surrogate pair has no UTF-8 form: two such keys would become one on disk.
  if (/\p{Surrogate}/u.test(key)) throw wrong(key, 'well-formed Unicode')
  // The store keeps its own records under a zero byte.
  if (key === '' || key.startsWith('\0')) throw wrong(key, 'a path that begins with a character')
  const bytes = Buffer.from(key)
  if (bytes.length > storeKeyBytesMax) throw wrong(key.slice(0, 40), `at most ${storeKeyBytesMax} bytes`)
  return bytes
}

/** The keys that begin with `prefix`: from `from` up to, and without, `to`. */
export function storeKeyRange(prefix: string): { readonly from: Uint8Array; readonly to: Uint8Array } {
  if (prefix === '') return { from: Uint8Array.of(1), to: Uint8Array.of(0xff) }
  const from = storeKeyBytes(prefix)
  const to = Uint8Array.from(from)
  // The last byte of UTF-8 text is below 0xff, so the byte above it always exists.
  const last = to.length - 1
  to[last] = (to[last] ?? 0) + 1
  return { from, to }
}

function wrong(key: string, right: string): Failure {
  return new Failure('invalid-argument', `${JSON.stringify(key)} is no store key: ${right} is wanted`)
}
