/**
 * Every way a call can fail on purpose. The comment beside each code answers the caller's questions: was anything
 * changed, and can it happen in normal use.
 */
export type FailureCode =
  /** An argument or option is wrong. Nothing was changed. Normal use. */
  | 'invalid-argument'
  /** The data directory serves another running node. Nothing was changed. Normal use. */
  | 'data-directory-in-use'
  /** The data directory cannot be read or written by this user. Nothing was changed. Normal use. */
  | 'data-directory-unusable'
  /** The disk takes nothing now: what was said counts and is told to all, and is written as soon as the disk takes it. Normal use of a full disk. */
  | 'not-kept'
  /** The store in the data directory is damaged. It was left as it is. Not normal: a disk fault or a foreign hand. */
  | 'store-damaged'
  /** An address to listen on is taken or not of this machine. Nothing was changed. Normal use. */
  | 'address-unusable'
  /** A file the user named cannot be read or says something wrong. Nothing was changed. Normal use. */
  | 'file-invalid'
  /** The node is not running (not started, or stopped). Nothing was changed. Normal use. */
  | 'not-running'
  /** The channel is not published, not subscribed or not known here. Nothing was changed. Normal use. */
  | 'channel-closed'
  /** A bound of `protocol/limits.ts` would be passed. Nothing was changed. Normal use under overload. */
  | 'limit-reached'
  /** The peer is not connected, or the exchange with it broke or took too long. A later round repeats it. Normal use. */
  | 'peer-unreachable'
  /** The caller's AbortSignal fired. What had been done stays done. Normal use. */
  | 'aborted'

/**
 * The one error class of Lampfield. Compare `code`, never the message.
 *
 * @example
 * ```ts
 * import { createNode, Failure } from 'lampfield'
 *
 * try {
 *   createNode({ cluster: '' })
 * } catch (error) {
 *   if (Failure.is(error) && error.code === 'invalid-argument') console.log(error.message)
 * }
 * ```
 */
export class Failure extends Error {
  readonly code: FailureCode

  constructor(code: FailureCode, message: string, options?: { readonly cause?: unknown }) {
    super(message, options)
    this.name = 'Failure'
    this.code = code
  }

  /** True for a `Failure`, also one of another copy of the package. */
  static is(value: unknown): value is Failure {
    return value instanceof Error && value.name === 'Failure' && 'code' in value
  }
}
