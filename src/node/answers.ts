import type { decodeMessage } from '../protocol/decode.ts'
import { encodeMessage } from '../protocol/encode.ts'
import type {
  CompareMessage,
  EvidenceMessage,
  FarewellMessage,
  HeartbeatMessage,
  Message,
  PullMessage,
  RefusalMessage,
} from '../protocol/messages.ts'
import type { Transfer } from '../replica/transfer.ts'
import type { DocumentId } from '../state/document-id.ts'
import type { PeerId } from '../state/peer-id.ts'
import type { Version } from '../state/version.ts'
import type { AntiEntropy } from './anti-entropy.ts'
import type { Agreements } from './agreement.ts'
import type { Counters } from './counters.ts'
import { isFault, isForeignVersion } from './foreign-versions.ts'
import { packFrames } from './frame-packing.ts'
import { transferMessages } from './transfer-assembly.ts'

export interface AnswerParts {
  readonly counters: Counters
  readonly decode: typeof decodeMessage
  readonly antiEntropy: AntiEntropy
  readonly agreements: Agreements
  /** Channels this node keeps copies of. */
  readonly channels: () => readonly string[]
  readonly transfers: (document: DocumentId, since: Version | undefined) => Iterable<Transfer>
  /** A peer introduces itself; the answer is this node's own heartbeat. */
  readonly greet: (message: HeartbeatMessage, peer: PeerId) => HeartbeatMessage
  /** A peer leaves, or hands on that another does; the empty answer says that it was taken. */
  readonly farewell: (message: FarewellMessage, peer: PeerId) => void
  readonly evidence: (message: EvidenceMessage, peer: PeerId) => void
  readonly refusal: (message: RefusalMessage, peer: PeerId) => void
  readonly foreignVersion: (peer: PeerId, reason: string) => void
  readonly blame: (peer: PeerId) => void
}

/** Answers what peers ask on direct streams. Frames are made one by one, as the asker takes them. */
export class Answers {
  readonly #parts: AnswerParts

  constructor(parts: AnswerParts) {
    this.#parts = parts
  }

  answer(peer: PeerId, frame: Uint8Array): Iterable<Uint8Array> {
    const message = this.#parts.decode(frame)
    if (message.ok) return this.#answer(peer, message.value)
    this.#parts.counters.refuse(message.reason)
    if (isForeignVersion(message.reason)) this.#parts.foreignVersion(peer, message.reason)
    if (isFault(message.reason)) this.#parts.blame(peer)
    return []
  }

  #answer(peer: PeerId, message: Message): Iterable<Uint8Array> {
    switch (message.kind) {
      case 'heartbeat':
        return [encodeMessage(this.#parts.greet(message, peer))]
      case 'farewell':
        this.#parts.farewell(message, peer)
        return []
      case 'evidence':
        this.#parts.evidence(message, peer)
        return []
      case 'refusal':
        this.#parts.refusal(message, peer)
        return []
      case 'compare':
        return this.#compare(message)
      case 'vector':
        this.#parts.antiEntropy.notice(message.stands, peer)
        return []
      case 'pull':
        return this.#counted(packFrames(this.#pulled(message)))
      case 'check':
        return this.#parts.agreements.answer(message)
      case 'accusation':
      case 'run':
      case 'roll-over':
      case 'passing':
      case 'same':
      case 'agreement':
      case 'listed':
        this.#parts.counters.refuse('unexpected-kind')
        return []
    }
  }

  #compare(message: CompareMessage): Uint8Array[] {
    const { antiEntropy } = this.#parts
    const mine = new Set(this.#parts.channels())
    const differing = message.digests.filter(({ channel, digest }) => {
      return mine.has(channel) && Buffer.compare(antiEntropy.digest(channel), digest) !== 0
    })
    if (differing.length === 0) return [encodeMessage({ kind: 'same' })]
    return antiEntropy.vector(differing.map(({ channel }) => channel)).map(encodeMessage)
  }

  *#counted(frames: Iterable<Uint8Array>): Generator<Uint8Array> {
    for (const frame of frames) {
      this.#parts.counters.add('served_bytes', frame.length)
      yield frame
    }
  }

  *#pulled(message: PullMessage): Generator<Message> {
    for (const { document, since } of message.wants) {
      for (const transfer of this.#parts.transfers(document, since)) {
        yield* transferMessages(transfer)
      }
    }
  }
}
