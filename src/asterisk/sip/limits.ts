/** Every bound on what is read from a SIP socket, each with its reason. */
export const sipLimits = {
  /** One datagram, and one message of a stream: Asterisk's own bound (PJSIP_MAX_PKT_LEN there is 65535). */
  messageMaxBytes: 65_535,
  /** Asterisk's URIs have 512 bytes at most; a method and the version stand beside. */
  startLineMaxBytes: 1024,
  /** Its requests have 12 header fields; a proxy on the way would add some. */
  headersMax: 64,
  /** One header field, folded lines put together. A device name of 512 bytes never stands in one. */
  headerMaxBytes: 2048,
  /** A state with its names: 512 bytes of device, each of which JSON may write as six. */
  bodyMaxBytes: 8192,
  /** CSeq (RFC 3261, section 8.1.1.5). */
  sequenceMax: 2_147_483_647,
  /** Streams at once: one Asterisk needs one or two. */
  connectionsMax: 16,
  /** Bytes that may wait for a stream to take them before it is given up. */
  streamBacklogMaxBytes: 4_194_304,
  /**
   * Responses kept for requests that come again. At 2,000 requests a second these are the last two seconds, within which come the first
   * two retransmissions; one that comes later is served as new.
   */
  answersKeptMax: 4096,
  /** Requests of our own on their way: each publication has one. */
  requestsMax: 256,
} as const
