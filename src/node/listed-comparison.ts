import { createHash } from 'node:crypto'
import { limits } from '../protocol/limits.ts'
import type { ListedMessage } from '../protocol/messages.ts'
import type { Fold } from './fold.ts'
import type { DifferenceView } from './views.ts'

/** Differences of a channel that are named in one report; more would not be read. */
const differencesMax = 100

/** What is shown of a value that is too long to be listed. Characters. */
const beginningMax = 200

/** The folded value of a key, as JSON; one too long for the wire by its beginning and its hash. */
export type ListedValue = ListedMessage['values'][number]

/**
 * Compares the values of a channel that a peer lists with those here, as they come. What is kept depends on what is held here, and not on how much somebody
 * lists.
 */
export class ListedComparison {
  readonly #channel: string
  /** The values here of which the peer has not spoken yet. */
  readonly #left: Map<string, Uint8Array>
  readonly #found: DifferenceView[] = []

  constructor(fold: Fold) {
    this.#channel = fold.channel.name
    this.#left = new Map(listedValues(fold).map(({ key, value }) => [key, value]))
  }

  take({ values }: ListedMessage): void {
    for (const { key, value } of values) {
      const mine = this.#left.get(key)
      this.#left.delete(key)
      if (mine === undefined || Buffer.compare(mine, value) !== 0) this.#find(key, mine, value)
    }
  }

  /** Keys on which the peer's values differ, once all of them came. */
  differences(): DifferenceView[] {
    for (const [key, mine] of this.#left) this.#find(key, mine, undefined)
    this.#left.clear()
    return this.#found
  }

  #find(key: string, here: Uint8Array | undefined, there: Uint8Array | undefined): void {
    if (this.#found.length >= differencesMax) return
    this.#found.push({ channel: this.#channel, key, here: readValue(here), there: readValue(there) })
  }
}

/** The cluster state of a channel by key, each value as canonical JSON. */
export function sortedValues(fold: Fold): { readonly key: string; readonly text: string }[] {
  const keys = [...fold.state.keys()].sort()
  return keys.map((key) => ({ key, text: canonicalJson(fold.state.get(key)) }))
}

/** The same as it is listed. */
export function listedValues(fold: Fold): ListedValue[] {
  return sortedValues(fold).map(({ key, text }) => ({ key, value: listedForm(text) }))
}

/** A folded value may be far longer than any that is set: a reducer may gather all of them, and JSON writes a byte of a codec with six. */
function listedForm(text: string): Uint8Array {
  const bytes = Buffer.from(text)
  if (bytes.length <= limits.valueMaxBytes) return bytes
  const hash = createHash('sha256').update(bytes).digest('hex')
  return Buffer.from(JSON.stringify(`${text.slice(0, beginningMax)}… (${bytes.length} bytes, SHA-256 ${hash})`))
}

/** Folded values are compared as JSON: a reducer's result need not be a value that the channel's codec can write. */
function canonicalJson(value: unknown): string {
  const sorted = (_key: string, part: unknown): unknown =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part
  return JSON.stringify(value, sorted) ?? 'null'
}

function readValue(bytes: Uint8Array | undefined): unknown {
  if (bytes === undefined) return undefined
  try {
    return JSON.parse(Buffer.from(bytes).toString()) as unknown
  } catch {
    return undefined
  }
}
