/** How much is done, and how long is waited for what may never come. */
export interface Plan {
  readonly changes: number
  /** From one change's arrival to the next change, on average. */
  readonly gapMs: number
  /** The product's storm is divided by this. */
  readonly stormShare: number
  readonly readyMs: number
  readonly changeLimitMs: number
  readonly stormLimitMs: number
  readonly cutMs: number
  readonly changesInCut: number
  readonly healLimitMs: number
  readonly deathLimitMs: number
  /** Whether to try again what has run into its limit before. */
  readonly skip: { readonly heal: boolean; readonly death: boolean }
}

/** What one product did in one round. Undefined is "not measured here", null is "not within the limit". */
export interface Finding {
  /** Until the last of the others had it, one for each change that all of them got. */
  readonly changeMs: readonly number[]
  readonly changesLost: number
  /** Of all cards, for one change that is alone; everything that is said meanwhile counts. */
  readonly bytesPerChange: number | undefined
  readonly storm: number
  readonly stormPerSecond: number | null
  /** Keys that somebody lacked at the limit, of all participants. */
  readonly stormLost: number
  readonly bytesPerChangeInStorm: number | undefined
  readonly participantBytes: number
  readonly daemonBytes: number
  /** From the cut of a host until both others knew that it was gone; null where they did not while it lasted. */
  readonly silenceMs: number | null | undefined
  readonly healMs: number | null | undefined
  readonly healLost: number
  readonly deathMs: number | null | undefined
}
