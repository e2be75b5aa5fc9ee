import { createHash } from 'node:crypto'
import { every, type Cancel } from '../runtime/clock.ts'
import type { Random } from '../runtime/random.ts'
import { decodeMessage } from '../protocol/decode.ts'
import { limits } from '../protocol/limits.ts'
import type { Stand, VectorMessage } from '../protocol/messages.ts'
import type { Head } from '../replica/transfer.ts'
import { documentKey, type DocumentId } from '../state/document-id.ts'
import type { PeerId } from '../state/peer-id.ts'
import { compareVersions, type Version } from '../state/version.ts'
import { isFault } from './foreign-versions.ts'
import { Puller, type PullerParts } from './puller.ts'
import type { Questions } from './questions.ts'
import { isMarked, standOf } from './stand.ts'

/** What anti-entropy may know and do. */
export interface AntiEntropyParts extends PullerParts {
  readonly questions: Questions
  readonly random: Random
  /** Milliseconds between two comparisons with a random peer. */
  readonly periodMs: number
  /** Channels this node keeps copies of. */
  readonly channels: () => readonly string[]
  /** Heads of the documents that count in a channel, in any order. */
  readonly countedHeads: (channel: string) => Iterable<Head>
  /** While it is the same, so are all counted heads. */
  readonly revision: () => number
  /** Whether the copy here is its owner's signed word: what is not is nobody else's to hear. */
  readonly isProven: (document: DocumentId) => boolean
  /** A peer has the same version of a document with other contents, or says so; `isOwners`: its owner has signed that. */
  readonly disagree: (stand: Stand, from: PeerId, isOwners: boolean) => void
}

/**
 * Makes copies equal, whatever gossip lost. Nodes compare one digest, then a vector of versions, then hand over exactly what
 * is missing, over direct streams: on connecting, on a gap, on a heartbeat that tells of a newer version, and on a timer
 * with a random peer. Correctness rests on this alone; gossip only makes it fast.
 */
export class AntiEntropy {
  readonly #parts: AntiEntropyParts
  readonly #puller: Puller
  readonly #comparing = new Map<PeerId, Cancel>()
  /** The last digest of each channel: as long as nobody writes, all who connect and compare are shown the same one. */
  readonly #digests = new Map<string, { readonly revision: number; readonly digest: Uint8Array }>()
  #cancelTimer: Cancel | undefined

  constructor(parts: AntiEntropyParts) {
    this.#parts = parts
    this.#puller = new Puller(parts)
  }

  start(): void {
    this.#cancelTimer = every(this.#parts.clock, this.#parts.periodMs, () => this.#compareWithSomebody())
  }

  stop(): void {
    this.#cancelTimer?.()
    for (const cancel of this.#comparing.values()) cancel()
    this.#comparing.clear()
    this.#puller.stop()
  }

  /** A peer is gone: what was asked of it is asked of others when they next tell of it. */
  disconnected(peer: PeerId): void {
    this.#comparing.get(peer)?.()
    this.#comparing.delete(peer)
    this.#puller.disconnected(peer)
  }

  /** The digest of all counted documents of a channel: equal digests mean equal copies. */
  digest(channel: string): Uint8Array {
    const revision = this.#parts.revision()
    const known = this.#digests.get(channel)
    if (known?.revision === revision) return known.digest
    const digest = this.#digestOf(channel)
    this.#digests.set(channel, { revision, digest })
    return digest
  }

  #digestOf(channel: string): Uint8Array {
    const lines: string[] = []
    for (const head of this.#parts.countedHeads(channel)) lines.push(lineOf(head))
    return new Uint8Array(createHash('sha256').update(lines.sort().join('\n')).digest())
  }

  /** Where the counted documents of some channels stand here, as messages of bounded size; at least one. */
  vector(channels: readonly string[], select: (head: Head) => boolean = () => true): VectorMessage[] {
    const stands: Stand[] = []
    for (const channel of channels) {
      for (const head of this.#parts.countedHeads(channel)) {
        if (select(head) && this.#parts.isProven(head.document)) stands.push(standOf(head))
      }
    }
    const messages: VectorMessage[] = []
    for (let at = 0; at === 0 || at < stands.length; at += limits.standsPerFrameMax) {
      messages.push({ kind: 'vector', channels, stands: stands.slice(at, at + limits.standsPerFrameMax) })
    }
    return messages
  }

  /** Asks a peer whether its copies are the same; pulls what is newer there and offers what is newer here. */
  compare(peer: PeerId): void {
    const { questions, counters, channels } = this.#parts
    const asked = new Set(channels())
    const digests = [...asked].map((channel) => ({ channel, digest: this.digest(channel) }))
    if (digests.length === 0 || this.#comparing.has(peer)) return
    counters.add('comparisons')
    const differing = new Set<string>()
    const theirs = new Map<string, Version>()
    const cancel = questions.ask(peer, { kind: 'compare', digests }, limits.framesPerVectorMax, {
      frame: (bytes) => {
        const message = decodeMessage(bytes)
        if (!message.ok) this.#refuseAnswer(message.reason, peer)
        else if (message.value.kind === 'vector') {
          const { stands } = message.value
          for (const channel of message.value.channels) if (asked.has(channel)) differing.add(channel)
          // Of what is not held here nothing can be offered.
          for (const { document, version } of stands) {
            if (this.#parts.headOf(document) !== undefined) theirs.set(documentKey(document), version)
          }
          this.notice(stands, peer)
        }
      },
      end: (failure) => {
        this.#comparing.delete(peer)
        if (failure !== undefined) counters.add('comparisons_failed')
        else if (differing.size > 0) this.#offer(peer, [...differing], theirs)
      },
    })
    this.#comparing.set(peer, cancel)
  }

  /** What a peer holds: whatever is newer than the copy here is pulled, in a moment. `areOwners`: their owner has signed where they stand. */
  notice(stands: readonly Stand[], from: PeerId, areOwners = false): void {
    for (const stand of stands) {
      if (!this.#parts.wanted(stand.document, stand.version)) continue
      const head = this.#parts.headOf(stand.document)
      const order = head === undefined ? 1 : compareVersions(stand.version, head.version)
      // What an owner says of itself is its own affair, and of two processes with its key one knows nothing of what the other has.
      if (order > 0) this.#puller.want(stand, from, areOwners ? undefined : from)
      else if (order === 0 && head !== undefined && !isMarked(head, stand.mark))
        this.#parts.disagree(stand, from, areOwners)
    }
  }

  /** A message showed that a document has moved on: pull it. */
  gap(document: DocumentId, version: Version, from: PeerId): void {
    // The message carries its owner's signature: whoever passed it on told no lie.
    if (this.#parts.wanted(document, version)) this.#puller.want({ document, version }, from, undefined)
  }

  #refuseAnswer(reason: string, peer: PeerId): void {
    this.#parts.counters.refuse(reason)
    if (isFault(reason)) this.#parts.blame(peer, 'broken-message')
  }

  #offer(peer: PeerId, channels: readonly string[], theirs: ReadonlyMap<string, Version>): void {
    const newerHere = (head: Head): boolean => {
      const version = theirs.get(documentKey(head.document))
      return version === undefined || compareVersions(head.version, version) > 0
    }
    // One frame of them at a time, any one: a peer that has no room for some would be offered all again and again, more than it lets anybody ask.
    const messages = this.vector(channels, newerHere)
    const message = messages[messages.length > 1 ? this.#parts.random.below(messages.length) : 0]
    if (message === undefined || message.stands.length === 0) return
    this.#parts.questions.tell(peer, message)
  }

  #compareWithSomebody(): void {
    const links = this.#parts.network.links()
    const link = links.length === 0 ? undefined : links[this.#parts.random.below(links.length)]
    if (link !== undefined) this.compare(link.peer)
  }
}

/** What a digest has of a document. */
function lineOf(head: Head): string {
  const { document, version, mark } = standOf(head)
  const { incarnation, nonce, epoch, clock } = version
  return `${documentKey(document)} ${incarnation} ${nonce} ${epoch} ${clock} ${Buffer.from(mark).toString('hex')}`
}
