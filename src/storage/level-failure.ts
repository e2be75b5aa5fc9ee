import { Failure } from '../runtime/failure.ts'

/** LevelDB gives the system's error as its text only; these are no fault of the store's contents. */
const unusable =
  /permission denied|not permitted|read-only file system|no space left|quota exceeded|file too large|too many open files|not a directory/i

/** The same, where the error comes from `node:fs`. */
const unusableCodes = new Set([
  'EACCES',
  'EPERM',
  'EROFS',
  'ENOSPC',
  'EDQUOT',
  'EFBIG',
  'EMFILE',
  'ENFILE',
  'ENOTDIR',
  'EEXIST',
  'ENAMETOOLONG',
  'ELOOP',
  'ENOENT',
])

/** What classic-level or `node:fs` reported about a store directory, as the port's own failure. */
export function levelFailure(directory: string, error: unknown): Failure {
  if (Failure.is(error)) return error
  const source = deepest(error)
  if (source.code === 'LEVEL_LOCKED') return inUse(directory, error)
  const isUnusable =
    source.code === 'LEVEL_IO_ERROR' ? unusable.test(source.message) : unusableCodes.has(source.code ?? '')
  return isUnusable ? unusableDirectory(directory, source.message, error) : damaged(directory, source.message, error)
}

export function inUse(directory: string, cause?: unknown): Failure {
  const sentence = `${directory} is in use by another node: stop that one, or give this one another --data-dir`
  return new Failure('data-directory-in-use', sentence, { cause })
}

export function unusableDirectory(directory: string, why: string, cause?: unknown): Failure {
  const remedy = /no space left|quota exceeded|ENOSPC|EDQUOT/i.test(why)
    ? 'make room on its disk'
    : 'make it a directory this user may write'
  const sentence = `${directory} cannot be used (${why}): ${remedy}, or give another --data-dir`
  return new Failure('data-directory-unusable', sentence, { cause })
}

export function damaged(directory: string, why: string, cause?: unknown): Failure {
  const sentence =
    `The store ${directory} is damaged (${why}). It was left as it is. ` +
    `Put back a copy of it, or move it away (mv ${directory} ${directory}.damaged): the node then starts as a new one`
  return new Failure('store-damaged', sentence, { cause })
}

/** abstract-level wraps what happened in "database failed to open". */
function deepest(error: unknown): { readonly code: string | undefined; readonly message: string } {
  let source = error
  while (source instanceof Error && source.cause instanceof Error) source = source.cause
  if (!(source instanceof Error)) return { code: undefined, message: String(source) }
  // The shadow of an examination is gone by the time somebody reads this.
  const message = source.message
    .replace(/\/examination-\w+/g, '')
    .replace(/^Corruption: \d+ missing files; e\.g\.: /, 'damaged or missing is ')
  return { code: 'code' in source ? String(source.code) : undefined, message }
}
