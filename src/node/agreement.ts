import { createHash } from 'node:crypto'
import { encodeMessage } from '../protocol/encode.ts'
import { decodeMessage } from '../protocol/decode.ts'
import { limits } from '../protocol/limits.ts'
import type { AgreementMessage, CheckMessage, ListedMessage } from '../protocol/messages.ts'
import type { Network } from '../network/network.ts'
import { Failure } from '../runtime/failure.ts'
import type { EntityId } from '../state/entity-id.ts'
import type { PeerId } from '../state/peer-id.ts'
import type { Life } from '../state/version.ts'
import type { Fold } from './fold.ts'
import type { DifferenceView } from './views.ts'

export interface AgreementParts {
  readonly entity: EntityId
  readonly network: Network
  /** Folds of the channels this node subscribes. */
  readonly folds: () => readonly Fold[]
  readonly counted: () => readonly { readonly entity: EntityId; readonly life: Life }[]
}

/** What a peer said of its cluster state. */
export interface PeerWord {
  readonly agreement: AgreementMessage
  readonly listed: readonly ListedMessage[]
}

/** Differences named in one report; more would not be read. */
const differencesMax = 100

/** Compares what the nodes show: not versions and documents, but the folded values that lamps are lit by. */
export class Agreements {
  readonly #parts: AgreementParts

  constructor(parts: AgreementParts) {
    this.#parts = parts
  }

  /** This node's word, as the frames of an answer. */
  *answer(message: CheckMessage): Generator<Uint8Array> {
    yield encodeMessage(this.word())
    for (const fold of this.#parts.folds()) {
      if (!message.list.includes(fold.channel.name)) continue
      const values = sortedValues(fold)
      for (let at = 0; at < values.length; at += limits.listedPerFrameMax) {
        const part = values.slice(at, at + limits.listedPerFrameMax)
        yield encodeMessage({ kind: 'listed', channel: fold.channel.name, values: part })
      }
    }
  }

  word(): AgreementMessage {
    const channels = this.#parts.folds().map((fold) => {
      const values = sortedValues(fold)
      const hash = createHash('sha256')
      for (const { key, value } of values) {
        hash.update(`${Buffer.byteLength(key)} ${key} ${value.length} `).update(value)
      }
      return { channel: fold.channel.name, keys: values.length, digest: new Uint8Array(hash.digest()) }
    })
    return { kind: 'agreement', entity: this.#parts.entity, counted: this.#parts.counted(), channels }
  }

  /** Asks a peer for its word; with `list`, also for every value of those channels. Rejects when it cannot be had. */
  ask(peer: PeerId, list: readonly string[], signal: AbortSignal | undefined): Promise<PeerWord> {
    return new Promise((resolve, reject) => {
      const abort = (): void => {
        cancel()
        reject(new Failure('aborted', 'the check was aborted', { cause: signal?.reason }))
      }
      let agreement: AgreementMessage | undefined
      const listed: ListedMessage[] = []
      const cancel = this.#parts.network.request(peer, encodeMessage({ kind: 'check', list }), {
        frame(bytes) {
          const message = decodeMessage(bytes)
          if (message.ok && message.value.kind === 'agreement') agreement = message.value
          if (message.ok && message.value.kind === 'listed') listed.push(message.value)
        },
        end(failure) {
          signal?.removeEventListener('abort', abort)
          if (agreement !== undefined && failure === undefined) resolve({ agreement, listed })
          else reject(failure ?? new Failure('peer-unreachable', 'the peer gave no answer'))
        },
      })
      if (signal?.aborted === true) abort()
      else signal?.addEventListener('abort', abort, { once: true })
    })
  }

  /** Keys on which a peer's listed values differ from the ones here. */
  differences(fold: Fold, listed: readonly ListedMessage[]): DifferenceView[] {
    const channel = fold.channel.name
    const here = new Map(sortedValues(fold).map(({ key, value }) => [key, value]))
    const there = new Map(
      listed
        .filter((part) => part.channel === channel)
        .flatMap((part) => part.values.map((one) => [one.key, one.value])),
    )
    const found: DifferenceView[] = []
    for (const key of new Set([...here.keys(), ...there.keys()])) {
      const [mine, theirs] = [here.get(key), there.get(key)]
      if (mine !== undefined && theirs !== undefined && Buffer.compare(mine, theirs) === 0) continue
      found.push({ channel, key, here: readValue(mine), there: readValue(theirs) })
      if (found.length >= differencesMax) break
    }
    return found
  }
}

function sortedValues(fold: Fold): { key: string; value: Uint8Array }[] {
  const keys = [...fold.state.keys()].sort()
  return keys.map((key) => ({ key, value: Buffer.from(canonicalJson(fold.state.get(key))) }))
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
