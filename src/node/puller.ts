import type { Cancel, Clock } from '../runtime/clock.ts'
import type { Network } from '../network/network.ts'
import { encodeMessage } from '../protocol/encode.ts'
import { limits } from '../protocol/limits.ts'
import type { Stand } from '../protocol/messages.ts'
import type { Head, Transfer } from '../replica/transfer.ts'
import { documentKey, type DocumentId } from '../state/document-id.ts'
import type { PeerId } from '../state/peer-id.ts'
import { compareVersions, type Version } from '../state/version.ts'
import type { Counters } from './counters.ts'
import { isForeignVersion } from './foreign-versions.ts'
import { unpackFrame } from './frame-packing.ts'
import { TransferAssembly } from './transfer-assembly.ts'

export interface PullerParts {
  readonly clock: Clock
  readonly network: Network
  readonly counters: Counters
  readonly headOf: (document: DocumentId) => Head | undefined
  /** The peer that owns a document, where it is linked. */
  readonly ownerOf: (document: DocumentId) => PeerId | undefined
  readonly receive: (transfer: Transfer, from: PeerId) => void
  /** A peer answered with what no node writes. */
  readonly blame: (peer: PeerId) => void
}

interface Want {
  readonly document: DocumentId
  readonly version: Version
}

/** What is asked of one peer: wants gather while an exchange runs, so there is one at a time. */
interface Pull {
  readonly wants: Map<string, Want>
  cancel: Cancel | undefined
}

/**
 * Gossip on its way usually fills a lag by itself: a pull waits this long before it asks, in milliseconds. Where nothing of a document is
 * held, gossip cannot fill it.
 */
const patienceMs = 20

/** Fetches newer documents from whoever has them: from the owner where it is linked, else from whoever told of them. */
export class Puller {
  readonly #parts: PullerParts
  readonly #pulls = new Map<PeerId, Pull>()

  constructor(parts: PullerParts) {
    this.#parts = parts
  }

  /** Somebody holds this version and the copy here is older. */
  want(stand: Pick<Stand, 'document' | 'version'>, toldBy: PeerId): void {
    const source = this.#parts.ownerOf(stand.document) ?? toldBy
    let pull = this.#pulls.get(source)
    const idle = pull === undefined || (pull.cancel === undefined && pull.wants.size === 0)
    if (pull === undefined) {
      pull = { wants: new Map(), cancel: undefined }
      this.#pulls.set(source, pull)
    }
    pull.wants.set(documentKey(stand.document), stand)
    if (idle) this.#schedule(source, pull, this.#parts.headOf(stand.document) === undefined ? 0 : patienceMs)
  }

  disconnected(peer: PeerId): void {
    this.#pulls.get(peer)?.cancel?.()
    this.#pulls.delete(peer)
  }

  stop(): void {
    for (const pull of this.#pulls.values()) pull.cancel?.()
    this.#pulls.clear()
  }

  #schedule(peer: PeerId, pull: Pull, afterMs: number): void {
    this.#parts.clock.after(afterMs, () => {
      if (this.#pulls.get(peer) === pull && pull.cancel === undefined) this.#run(peer, pull)
    })
  }

  #run(peer: PeerId, pull: Pull): void {
    const wants = this.#takeWants(pull)
    if (wants.length === 0) return
    const { network, counters } = this.#parts
    counters.add('pulls')
    const assembly = new TransferAssembly()
    pull.cancel = network.request(peer, encodeMessage({ kind: 'pull', wants }), {
      frame: (bytes) => this.#takeFrame(bytes, assembly, peer),
      end: (failure) => {
        pull.cancel = undefined
        if (failure !== undefined) counters.add('pulls_failed')
        if (this.#pulls.get(peer) === pull && pull.wants.size > 0) this.#schedule(peer, pull, patienceMs)
      },
    })
  }

  /** What is still missing here, of what was wanted. */
  #takeWants(pull: Pull): { document: DocumentId; since: Version | undefined }[] {
    const wants: { document: DocumentId; since: Version | undefined }[] = []
    for (const [key, { document, version }] of pull.wants) {
      if (wants.length >= limits.wantsPerPullMax) break
      pull.wants.delete(key)
      const head = this.#parts.headOf(document)
      if (head === undefined || compareVersions(version, head.version) > 0) {
        wants.push({ document, since: head?.version })
      }
    }
    return wants
  }

  #takeFrame(bytes: Uint8Array, assembly: TransferAssembly, peer: PeerId): void {
    const { counters } = this.#parts
    counters.add('pulled_bytes', bytes.length)
    for (const message of unpackFrame(bytes)) {
      if (!message.ok) {
        counters.refuse(message.reason)
        if (!isForeignVersion(message.reason) && message.reason !== 'unknown-kind') this.#parts.blame(peer)
      } else if (message.value.kind !== 'run' && message.value.kind !== 'roll-over') counters.refuse('unexpected-kind')
      else {
        const assembled = assembly.add(message.value)
        if (assembled.kind === 'whole') this.#parts.receive(assembled.transfer, peer)
        else if (assembled.kind === 'broken') counters.refuse('parts-do-not-fit')
      }
    }
  }
}
