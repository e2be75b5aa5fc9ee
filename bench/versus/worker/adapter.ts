/** Where one participant stands, and what its product has to know; made by the driver. */
export interface Place {
  /** `p1` and so on. */
  readonly name: string
  /** From 1. */
  readonly number: number
  readonly address: string
  /** Addresses of all participants, its own included, in order. */
  readonly everybody: readonly string[]
  /** Of its own, removed at the end. */
  readonly directory: string
  readonly settings: Settings
}

/** What is peculiar to a product: ports, paths, addresses of its servers. */
export type Settings = Readonly<Record<string, string | number>>

/** What a product tells its participant. Times are taken when these are called. */
export interface Notice {
  /** A key has this value now. Telling it again, or telling the participant's own, does no harm. */
  changed(key: string, value: string): void
  /** Another participant is there, by its name. */
  came(name: string): void
  /** Another participant is not there any more, in the product's own opinion. */
  gone(name: string): void
}

/** A participant in a product. Keys and values are words without spaces. */
export interface Adapter {
  /** What the others have to know of this one before they begin, as a server's address. */
  readonly told?: Settings
  /** Gives a key its value; resolves, if it has to be waited for, when the product has taken it. */
  set(key: string, value: string): void | Promise<void>
  stop(): Promise<void>
}

/** Starts a participant and resolves when it can be written to; what the others write, it tells. */
export type Start = (place: Place, notice: Notice) => Promise<Adapter>
