/** One change of a batch: `value` undefined deletes the key. */
export interface StoreWrite {
  readonly key: string
  readonly value: Uint8Array | undefined
}

/**
 * The port to what must survive a restart. Keys are short paths (`identity/key`, `entry/device_state/Custom:x`); values are
 * bytes. Every method rejects with a `Failure` (`store-damaged`, `data-directory-unusable`, `not-running` after close).
 */
export interface Store {
  /** A copy of the value; undefined where there is none. */
  get(key: string): Promise<Uint8Array | undefined>
  /**
   * Writes all or nothing. When it resolves, the writes survive kill -9 and, synced, a power cut. After one that failed the next one begins by
   * opening the store anew, which may take as long as at the start: whoever tries again waits in between.
   */
  write(writes: readonly StoreWrite[]): Promise<void>
  /** All keys that begin with `prefix`, in byte order. Beware: `entry/a` also matches `entry/ab`; end a prefix with `/`. */
  list(prefix: string): Promise<readonly (readonly [key: string, value: Uint8Array])[]>
  /** Releases the directory. Calling it again does nothing. */
  close(): Promise<void>
}
