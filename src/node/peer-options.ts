/** Which peers to look for, and who may take part: options of a node that it can be given anew while it runs. */
export interface PeerOptions {
  /** Multiaddresses or `host:port` of nodes to connect to, where mDNS does not reach. */
  readonly peers?: readonly string[]
  /**
   * Peer IDs that may take part, this node's own need not be among them; others are neither listened to nor bound. Default: whoever has the
   * cluster key.
   */
  readonly allowedPeers?: readonly string[] | undefined
}
