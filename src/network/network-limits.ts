import { limits } from '../protocol/limits.ts'

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

export const networkLimitDefaults: NetworkLimits = Object.freeze({
  messageMaxBytes: limits.messageMaxBytes,
  frameMaxBytes: limits.frameMaxBytes,
  answerMaxBytes: limits.answerMaxBytes,
  streamsPerPeerMax: 16,
})
