/** Why the updates of a run are refused. */
export type UpdateFault =
  /** The bytes end before the update does. */
  | 'truncated'
  /** A number with padding, or one that no bound admits. */
  | 'malformed-number'
  /** Bytes follow the update. */
  | 'trailing-bytes'
  /** An update of no client, of several, or of another than the owner. */
  | 'foreign-client'
  /** An update without an item. */
  | 'no-items'
  /** More items than an update or a document may hold. */
  | 'too-many-items'
  /** The update does not begin where the copy, or the update before it, ends. */
  | 'wrong-clock'
  /** The items do not end at the head's clock. */
  | 'wrong-end'
  /** A garbage-collected or skipped range: the owner's items never become either. */
  | 'collected-item'
  /** Another content than bytes or a deletion. */
  | 'foreign-content'
  /** An item placed before another one: a map of one writer only appends. */
  | 'right-origin'
  /** An item that follows another client's. */
  | 'foreign-origin'
  /** An item that does not follow the last item of its key. */
  | 'stale-origin'
  /** An item inside a nested type, or in another root than the one map. */
  | 'foreign-parent'
  /** A key that is empty, too long or no UTF-8. */
  | 'malformed-key'
  /** A key introduced a second time. */
  | 'repeated-key'
  /** More keys than a document may hold. */
  | 'too-many-keys'
  /** A value longer than the bound. */
  | 'value-too-long'
  /** A deletion of nothing, or of more than the head speaks of. */
  | 'malformed-deletion'
  /** A key that would be left without a value: the owner removes by writing an absent one. */
  | 'missing-value'
  /** A delete set: the owner never sends one. */
  | 'delete-set'

/** Leaves the reading of an update at once. Never leaves the check: there it becomes a value. */
export class Fault extends Error {
  readonly fault: UpdateFault

  constructor(fault: UpdateFault) {
    super(fault)
    this.fault = fault
  }
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** The largest factor with which seven further bits still give a safe whole number. */
const factorMax = 2 ** 42

/**
 * Reads as lib0 reads, with every read checked against the end and every number in its shortest form; throws `Fault`.
 */
export class UpdateReader {
  readonly #bytes: Uint8Array
  #at = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  get isAtEnd(): boolean {
    return this.#at === this.#bytes.length
  }

  byte(): number {
    const byte = this.#bytes[this.#at]
    if (byte === undefined) throw new Fault('truncated')
    this.#at += 1
    return byte
  }

  number(): number {
    let value = 0
    for (let factor = 1; factor <= factorMax; factor *= 128) {
      const byte = this.byte()
      value += (byte & 0x7f) * factor
      if (byte >= 0x80) continue
      if (byte === 0 && factor > 1) break
      return value
    }
    throw new Fault('malformed-number')
  }

  bytes(maxBytes: number, fault: UpdateFault): Uint8Array {
    const length = this.number()
    if (length > maxBytes) throw new Fault(fault)
    if (length > this.#bytes.length - this.#at) throw new Fault('truncated')
    this.#at += length
    return this.#bytes.subarray(this.#at - length, this.#at)
  }

  text(maxBytes: number, fault: UpdateFault): string {
    const bytes = this.bytes(maxBytes, fault)
    try {
      return utf8.decode(bytes)
    } catch {
      throw new Fault(fault)
    }
  }
}
