/** The numbers of the keeper. Times in milliseconds. */
export interface KeeperSettings {
  /** Up to so many peers, everybody is connected to everybody. Default 32: 31 links cost a node some 1 % of a core. */
  readonly fullMeshMax: number
  /**
   * Above that, a node wishes its two neighbours on the ring and so many more; with the wishes of the others that makes about
   * a third more links. Default 10, for some 13 links: 1,000 nodes then lie within 5 hops of each other.
   */
  readonly chosenMax: number
  /** Above so many links, those that neither end wishes are closed one by one. Default 48. */
  readonly linksMax: number
  /** Known peers; above it the one not heard of for longest is forgotten. Default 4096. */
  readonly peersMax: number
  /** Known addresses of one peer. Default 16. */
  readonly addressesMax: number
  /** Addresses tried in one round of dialling a peer. Default 8. */
  readonly addressesPerDialMax: number
  /** Dials at one time, over all peers. Default 32: dead peers cost so many sockets and no more. */
  readonly dialsMax: number
  /**
   * How long the peer with the larger ID leaves the dialling to the one with the smaller, so that there is one connection a
   * pair. Default 1000; then it dials too, because discovery may have worked one way only.
   */
  readonly yieldMs: number
  /** From the start of one round of dialling a peer to the next, at first; grows by half each round. Default 1000. */
  readonly retryMs: number
  /**
   * The bound of that growth for a peer heard of within `recentMs`. Default 1600, with 20 % jitter: so somebody dials within 2 s of a
   * link's return.
   */
  readonly retryRecentMaxMs: number
  /**
   * A peer that was linked and heard of within so long is asked several times in one round: each quarter of a second, while it stays silent, and
   * not only when the kernel sends its packet again after a second. Default one minute.
   */
  readonly insistMs: number
  /** So many times, then. Default 4. */
  readonly insistTimes: number
  /** The bound for all others. Default 5000. */
  readonly retryMaxMs: number
  /** Default one hour. */
  readonly recentMs: number
  /** Rounds without success after which a peer is not counted on any more (it is still dialled). Default 3. */
  readonly failuresMax: number
  /** A peer that does not speak our protocol is left alone for so long. Default ten minutes. */
  readonly foreignMs: number
  /** A link nobody wishes is closed no sooner than so long after it came up. Default one minute. */
  readonly trimAfterMs: number
  /** Above `fullMeshMax`, the wishes are worked out at most so often. Default 250. */
  readonly wishEveryMs: number
}

export const keeperDefaults: KeeperSettings = Object.freeze({
  fullMeshMax: 32,
  chosenMax: 10,
  linksMax: 48,
  peersMax: 4096,
  addressesMax: 16,
  addressesPerDialMax: 8,
  dialsMax: 32,
  yieldMs: 1000,
  retryMs: 1000,
  retryRecentMaxMs: 1600,
  insistMs: 60_000,
  insistTimes: 4,
  retryMaxMs: 5000,
  recentMs: 3_600_000,
  failuresMax: 3,
  foreignMs: 600_000,
  trimAfterMs: 60_000,
  wishEveryMs: 250,
})
