import { limits } from '../protocol/limits.ts'
import { Failure } from '../runtime/failure.ts'

/** What a network sends and takes, in bytes and pieces. */
export interface NetworkLimits {
  /** One gossiped message. Default `limits.messageMaxBytes` of the protocol. */
  readonly messageMaxBytes: number
  /** One frame of an exchange. Default `limits.frameMaxBytes` of the protocol. */
  readonly frameMaxBytes: number
  /** All frames of one answer. Default `limits.answerMaxBytes` of the protocol. */
  readonly answerMaxBytes: number
  /**
   * Answers that one peer may take from here at a time. Default 16: a node asks a peer for one thing at a time, and a few may
   * hang on a cut link.
   */
  readonly streamsPerPeerMax: number
}

/** Why a message or a frame is not sent: `limit-reached` where it is too long, else undefined. */
export function sizeFault(what: 'message' | 'frame', { length }: Uint8Array, maxBytes: number): Failure | undefined {
  if (length <= maxBytes) return undefined
  return new Failure('limit-reached', `a ${what} of ${length} bytes is over the limit of ${maxBytes}`)
}

export const networkLimitDefaults: NetworkLimits = Object.freeze({
  messageMaxBytes: limits.messageMaxBytes,
  frameMaxBytes: limits.frameMaxBytes,
  answerMaxBytes: limits.answerMaxBytes,
  streamsPerPeerMax: 16,
})
