import { createHash } from 'node:crypto'
import { encodeMessage } from '../protocol/encode.ts'
import { decodeMessage } from '../protocol/decode.ts'
import { limits } from '../protocol/limits.ts'
import type { AgreementMessage, CheckMessage } from '../protocol/messages.ts'
import { Failure } from '../runtime/failure.ts'
import type { EntityId } from '../state/entity-id.ts'
import type { PeerId } from '../state/peer-id.ts'
import type { Life } from '../state/version.ts'
import type { Fold } from './fold.ts'
import { ListedComparison, listedValues, sortedValues, type ListedValue } from './listed-comparison.ts'
import type { Questions } from './questions.ts'
import type { DifferenceView } from './views.ts'

export interface AgreementParts {
  readonly entity: EntityId
  readonly questions: Questions
  /** Folds of the channels this node subscribes. */
  readonly folds: () => readonly Fold[]
  readonly counted: () => readonly { readonly entity: EntityId; readonly life: Life }[]
}

/** What a peer said of its cluster state. */
export interface PeerWord {
  readonly agreement: AgreementMessage
  /** Keys of the listed channels on which it differs from this node. */
  readonly differences: readonly DifferenceView[]
}

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
      for (const values of frameParts(listedValues(fold))) {
        yield encodeMessage({ kind: 'listed', channel: fold.channel.name, values })
      }
    }
  }

  word(): AgreementMessage {
    const channels = this.#parts.folds().map((fold) => {
      const values = sortedValues(fold)
      const hash = createHash('sha256')
      for (const { key, text } of values) {
        hash.update(`${Buffer.byteLength(key)} ${key} ${Buffer.byteLength(text)} `).update(text)
      }
      return { channel: fold.channel.name, keys: values.length, digest: new Uint8Array(hash.digest()) }
    })
    return { kind: 'agreement', entity: this.#parts.entity, counted: this.#parts.counted(), channels }
  }

  /** Asks a peer for its word; with `list`, also for every value of those channels, of which the differences are kept. Rejects when it cannot be had. */
  ask(peer: PeerId, list: readonly string[], signal: AbortSignal | undefined): Promise<PeerWord> {
    return new Promise((resolve, reject) => {
      const abort = (): void => {
        cancel()
        reject(new Failure('aborted', 'the check was aborted', { cause: signal?.reason }))
      }
      let agreement: AgreementMessage | undefined
      const folds = this.#parts.folds().filter(({ channel }) => list.includes(channel.name))
      const compared = new Map(folds.map((fold) => [fold.channel.name, new ListedComparison(fold)]))
      const cancel = this.#parts.questions.ask(peer, { kind: 'check', list }, limits.framesPerCheckMax, {
        frame(bytes) {
          const message = decodeMessage(bytes)
          if (message.ok && message.value.kind === 'agreement') agreement = message.value
          if (message.ok && message.value.kind === 'listed') compared.get(message.value.channel)?.take(message.value)
        },
        end(failure) {
          signal?.removeEventListener('abort', abort)
          if (agreement !== undefined && failure === undefined) {
            const differences = [...compared.values()].flatMap((comparison) => comparison.differences())
            resolve({ agreement, differences })
          } else reject(failure ?? new Failure('peer-unreachable', 'the peer gave no answer'))
        },
      })
      if (signal?.aborted === true) abort()
      else signal?.addEventListener('abort', abort, { once: true })
    })
  }
}

/** Beside its values: wire version, kind, the channel's name, and their number. */
const headBytes = 5 + limits.channelNameMaxBytes

/** Two lengths of three bytes each at the most. */
const lengthsBytes = 6

/** Values in parts that fit into a frame each. */
function* frameParts(values: readonly ListedValue[]): Generator<readonly ListedValue[]> {
  let part: ListedValue[] = []
  let bytes = headBytes
  for (const listed of values) {
    const more = lengthsBytes + Buffer.byteLength(listed.key) + listed.value.length
    if (part.length === limits.listedPerFrameMax || (part.length > 0 && bytes + more > limits.frameMaxBytes)) {
      yield part
      part = []
      bytes = headBytes
    }
    part.push(listed)
    bytes += more
  }
  if (part.length > 0) yield part
}
