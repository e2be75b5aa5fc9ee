import type { Announcement } from '../../src/state/announcement.ts'
import type { EntityId } from '../../src/state/entity-id.ts'
import type { PeerId } from '../../src/state/peer-id.ts'
import type { Life } from '../../src/state/version.ts'
import type { MembershipEffect } from '../../src/membership/effect.ts'
import type { MembershipEvent } from '../../src/membership/event.ts'
import type { Evidence } from '../../src/membership/member.ts'
import { key, Observer, peer, word } from './observer.ts'

export interface NodeSetup {
  readonly entity: EntityId
  readonly key: number
  readonly life: Life
}

/** A node reduced to its membership: it sends its heartbeats and does what the effects say. */
export class SimNode {
  readonly observer: Observer
  readonly setup: NodeSetup
  readonly peer: PeerId
  running = true
  sequence = 0
  nextBeatMs: number
  last: Evidence | undefined

  constructor(setup: NodeSetup, startMs: number) {
    this.setup = setup
    this.peer = peer(setup.key)
    const self = { entity: setup.entity, publicKey: key(setup.key), life: setup.life }
    this.observer = new Observer({}, startMs, self)
    this.nextBeatMs = startMs
  }

  get life(): Life {
    return this.observer.view.own.life
  }

  announcement(life: Life): Announcement {
    if (life !== this.life) this.sequence = 0
    this.sequence += 1
    return word({ entity: this.setup.entity, key: this.setup.key, life, sequence: this.sequence })
  }
}

/** Several memberships on one virtual time, with links that can be cut. Messages take `delayMs`. */
export class Cluster {
  readonly nodes: SimNode[] = []
  now = 1_000_000
  readonly delayMs = 20
  readonly #queue: { readonly atMs: number; readonly to: SimNode; readonly event: MembershipEvent }[] = []
  readonly #cut = new Set<string>()

  start(setup: NodeSetup): SimNode {
    const node = new SimNode(setup, this.now)
    for (const other of this.nodes) if (other.running) this.#link(node, other, 'connected')
    this.nodes.push(node)
    return node
  }

  /** Ends without a word; the kernel closes its links. */
  kill(node: SimNode): void {
    node.running = false
    for (const other of this.nodes)
      if (other !== node && other.running) this.#send(other, { kind: 'disconnected', peer: node.peer })
  }

  cut(a: SimNode, b: SimNode): void {
    this.#cut.add(`${this.nodes.indexOf(a)} ${this.nodes.indexOf(b)}`)
    this.#cut.add(`${this.nodes.indexOf(b)} ${this.nodes.indexOf(a)}`)
  }

  heal(): void {
    this.#cut.clear()
  }

  run(forMs: number): void {
    const endMs = this.now + forMs
    while (this.now < endMs) {
      this.now += 10
      for (const node of this.nodes) if (node.running) this.#advance(node)
      for (const { to, event } of this.#due()) if (to.running) this.#do(to, to.observer.tell(event))
    }
  }

  #advance(node: SimNode): void {
    this.#do(node, node.observer.runTo(this.now))
    if (this.now >= node.nextBeatMs) this.#beat(node, node.life)
  }

  #beat(node: SimNode, life: Life): void {
    node.nextBeatMs = this.now + 1000
    const announcement = node.announcement(life)
    this.#do(node, node.observer.tell({ kind: 'announced', life, sequence: announcement.sequence, toAll: true }))
    node.last = { announcement, signature: new Uint8Array(64) }
    for (const other of this.nodes) {
      if (other !== node && this.#linked(node, other))
        this.#send(other, { kind: 'heartbeat', ...node.last, from: node.peer })
    }
  }

  #do(node: SimNode, effects: readonly MembershipEffect[]): void {
    for (const effect of effects) {
      if (effect.kind === 'refute') this.#beat(node, node.life)
      if (effect.kind === 'take-next-life')
        this.#beat(node, { incarnation: effect.above.incarnation + 1, nonce: node.setup.key })
      if (effect.kind === 'accuse') {
        const { entity, life, sequence } = effect
        for (const other of this.nodes) {
          const event: MembershipEvent = { kind: 'accused', entity, life, sequence, by: node.setup.entity }
          if (other !== node && this.#linked(node, other)) this.#send(other, event)
        }
      }
      if (effect.kind === 'inform') {
        const evidence = effect.evidence ?? (effect.entity === node.setup.entity ? node.last : undefined)
        for (const other of this.nodes) {
          if (other === node || other.peer !== effect.peer || evidence === undefined || !this.#linked(node, other))
            continue
          this.#send(other, { kind: 'evidence', evidence, from: node.peer })
        }
      }
    }
  }

  #linked(a: SimNode, b: SimNode): boolean {
    return a.running && b.running && !this.#cut.has(`${this.nodes.indexOf(a)} ${this.nodes.indexOf(b)}`)
  }

  #link(a: SimNode, b: SimNode, kind: 'connected'): void {
    this.#send(a, { kind, peer: b.peer })
    this.#send(b, { kind, peer: a.peer })
  }

  #send(to: SimNode, event: MembershipEvent): void {
    this.#queue.push({ atMs: this.now + this.delayMs, to, event })
  }

  #due(): { readonly to: SimNode; readonly event: MembershipEvent }[] {
    const due = this.#queue.filter((message) => message.atMs <= this.now)
    this.#queue.splice(0, due.length)
    return due
  }
}
