import type { Cancel, Clock } from '../runtime/clock.ts'
import type { Network } from '../network/network.ts'
import { encodeMessage } from '../protocol/encode.ts'
import { limits } from '../protocol/limits.ts'
import type { Head, Transfer } from '../replica/transfer.ts'
import { documentKey, type DocumentId } from '../state/document-id.ts'
import type { PeerId } from '../state/peer-id.ts'
import { compareVersions, type Life, type Version } from '../state/version.ts'
import type { Counters } from './counters.ts'
import { Doubts, type Word } from './doubts.ts'
import { isFault } from './foreign-versions.ts'
import { unpackFrame } from './frame-packing.ts'
import { TransferAssembly } from './transfer-assembly.ts'

export interface PullerParts {
  readonly clock: Clock
  readonly network: Network
  readonly counters: Counters
  readonly headOf: (document: DocumentId) => Head | undefined
  /** Whether a copy of this document, in this life of its entity, should be kept here. */
  readonly wanted: (document: DocumentId, life: Life) => boolean
  /** The peer that owns a document, where it is linked. */
  readonly ownerOf: (document: DocumentId) => PeerId | undefined
  readonly receive: (transfer: Transfer, from: PeerId) => void
  /** A peer answered with what no node writes. */
  readonly blame: (peer: PeerId, offence: 'broken-message') => void
  /** A peer told of a version and does not have it. */
  readonly toldFalsely: (peer: PeerId) => void
  /** Whether this is the life that an entity leads now, and nobody else speaks for it. */
  readonly isUndisputed: (document: DocumentId, life: Life) => boolean
}

interface Want extends Word {
  /** Whose word it is, if the word may be false. */
  readonly toldBy: PeerId | undefined
  /** How often it was asked for in vain. */
  readonly times: number
}

/** An answer as it arrives, and the latest version of each document in it, whether or not it could be taken. */
interface Answer {
  readonly assembly: TransferAssembly
  readonly versions: Map<string, Version>
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

/**
 * What an owner says that it has, whoever handed its word on may not have yet, but will in a moment: that one is asked again after so many milliseconds, then after twice as
 * many, so many times.
 */
const againMs = 50
const againMax = 4

/** Wants that wait for one peer's answer: whoever tells of more tells of it again. */
const wantsMax = 4 * limits.wantsPerPullMax

/** Fetches newer documents from whoever has them: from the owner where it is linked, else from whoever told of them. */
export class Puller {
  readonly #parts: PullerParts
  readonly #pulls = new Map<PeerId, Pull>()
  readonly #doubts: Doubts

  constructor(parts: PullerParts) {
    this.#parts = parts
    this.#doubts = new Doubts({
      ...parts,
      // Of two servers with one key each knows its own words only.
      isFalse: (word) => this.#isNewer(word) && parts.isUndisputed(word.document, word.version),
    })
  }

  /** Somebody holds this version and the copy here is older. `from` can be asked; `toldBy` is to blame where nobody has it. */
  want({ document, version }: Word, from: PeerId, toldBy: PeerId | undefined): void {
    this.#queue(this.#parts.ownerOf(document) ?? from, { document, version, toldBy, times: 0 })
  }

  #queue(source: PeerId, want: Want): void {
    let pull = this.#pulls.get(source)
    const idle = pull === undefined || (pull.cancel === undefined && pull.wants.size === 0)
    if (pull === undefined) {
      pull = { wants: new Map(), cancel: undefined }
      this.#pulls.set(source, pull)
    }
    if (pull.wants.size < wantsMax) pull.wants.set(documentKey(want.document), want)
    if (idle) this.#schedule(source, pull, this.#parts.headOf(want.document) === undefined ? 0 : patienceMs)
  }

  disconnected(peer: PeerId): void {
    this.#pulls.get(peer)?.cancel?.()
    this.#pulls.delete(peer)
  }

  stop(): void {
    for (const pull of this.#pulls.values()) pull.cancel?.()
    this.#pulls.clear()
    this.#doubts.stop()
  }

  #schedule(peer: PeerId, pull: Pull, afterMs: number): void {
    this.#parts.clock.after(afterMs, () => {
      if (this.#pulls.get(peer) === pull && pull.cancel === undefined) this.#run(peer, pull)
    })
  }

  #run(peer: PeerId, pull: Pull): void {
    const wants = this.#takeWants(pull)
    if (wants.length === 0) return
    const { network, counters, headOf } = this.#parts
    counters.add('pulls')
    const question = wants.map(({ document }) => ({ document, since: headOf(document)?.version }))
    const answer: Answer = { assembly: new TransferAssembly(), versions: new Map() }
    pull.cancel = network.request(peer, encodeMessage({ kind: 'pull', wants: question }), {
      frame: (bytes) => this.#takeFrame(bytes, answer, peer),
      end: (failure) => {
        pull.cancel = undefined
        if (failure !== undefined) counters.add('pulls_failed')
        else this.#lookForMissing(wants, answer, peer)
        if (this.#pulls.get(peer) === pull && pull.wants.size > 0) this.#schedule(peer, pull, patienceMs)
      },
    })
  }

  /** What is still missing here, of what was wanted. */
  #takeWants(pull: Pull): Want[] {
    const wants: Want[] = []
    for (const [key, want] of pull.wants) {
      if (wants.length >= limits.wantsPerPullMax) break
      pull.wants.delete(key)
      if (this.#isNewer(want) && this.#parts.wanted(want.document, want.version)) wants.push(want)
    }
    return wants
  }

  #isNewer({ document, version }: Word): boolean {
    const head = this.#parts.headOf(document)
    return head === undefined || compareVersions(version, head.version) > 0
  }

  /**
   * A peer has answered in full: what is neither in the answer nor here by now it does not have. If it told of that itself, it may have told falsely; if somebody else did,
   * that one is asked, for an owner may hold back what it gave to others.
   */
  #lookForMissing(wants: readonly Want[], { versions }: Answer, peer: PeerId): void {
    const again: Want[] = []
    const doubted: Want[] = []
    for (const want of wants) {
      const { document, version, toldBy } = want
      const brought = versions.get(documentKey(document))
      const isMissing = this.#isNewer(want) && (brought === undefined || compareVersions(version, brought) > 0)
      if (!isMissing) continue
      if (toldBy === undefined) {
        if (want.times < againMax && this.#parts.ownerOf(document) !== peer) again.push(want)
      } else if (toldBy === peer) doubted.push(want)
      else this.#queue(toldBy, want)
    }
    if (again.length > 0) this.#askAgain(again, peer)
    this.#doubts.add(peer, doubted)
  }

  #askAgain(wants: readonly Want[], peer: PeerId): void {
    const pull = this.#pulls.get(peer)
    const times = Math.min(...wants.map((want) => want.times))
    this.#parts.clock.after(againMs * 2 ** times, () => {
      if (pull === undefined || this.#pulls.get(peer) !== pull) return
      for (const want of wants) {
        if (!pull.wants.has(documentKey(want.document))) this.#queue(peer, { ...want, times: want.times + 1 })
      }
    })
  }

  #takeFrame(bytes: Uint8Array, { assembly, versions }: Answer, peer: PeerId): void {
    const { counters } = this.#parts
    counters.add('pulled_bytes', bytes.length)
    for (const message of unpackFrame(bytes)) {
      if (!message.ok) {
        counters.refuse(message.reason)
        if (isFault(message.reason)) this.#parts.blame(peer, 'broken-message')
      } else if (message.value.kind !== 'run' && message.value.kind !== 'roll-over') counters.refuse('unexpected-kind')
      else {
        const assembled = assembly.add(message.value)
        if (assembled.kind === 'whole') {
          const { document, version } = assembled.transfer.head
          versions.set(documentKey(document), version)
          this.#parts.receive(assembled.transfer, peer)
        }
        if (assembled.kind === 'broken') counters.refuse('parts-do-not-fit')
      }
    }
  }
}
