/**
 * A member with the right key and a modified node, as a process of its own: options as JSON in the first argument, what happens as JSON lines on
 * standard output. Cut off by all, it comes back as somebody else, for as long as it is let run.
 */
import { setTimeout as pause } from 'node:timers/promises'
import { decodeMessage } from '../../src/protocol/decode.ts'
import { encodeMessage } from '../../src/protocol/encode.ts'
import type { Message } from '../../src/protocol/messages.ts'
import type { EntityId } from '../../src/state/entity-id.ts'
import { Insider } from './insider.ts'

interface MischiefOptions {
  readonly cluster: string
  readonly clusterKey: string
  readonly peers: readonly string[]
  readonly listen: string
}

const options = JSON.parse(process.argv[2] ?? '') as MischiefOptions
const tell = (event: string, peer: string): void => void process.stdout.write(`${JSON.stringify({ event, peer })}\n`)

/** Between two attempts; each says dozens of things. */
const attemptEveryMs = 50

/** For so many attempts it says only what no node can prove to be false; then it also breaks the protocol. */
const sly = 30

/** Everybody else's entity that it has heard of. */
function victims(heard: readonly Message[], own: EntityId): Set<EntityId> {
  const entities = heard.flatMap((message) => (message.kind === 'heartbeat' ? [message.announcement.entity] : []))
  return new Set(entities.filter((entity) => entity !== own))
}

/** What members of good faith would say in each other's name, and never do: lives, farewells, doubts, old words, questions without end. */
function lie(insider: Insider, own: EntityId, heard: readonly Message[], attempt: number): void {
  for (const entity of victims(heard, own)) {
    const life = { incarnation: Date.now() * 2 + attempt, nonce: 1 }
    insider.gossip(insider.heartbeat({ entity, life, name: 'liar' }))
    insider.gossip(insider.farewell(entity))
    insider.gossip({ kind: 'accusation', entity, life: { incarnation: 1, nonce: 1 }, sequence: attempt, by: own })
  }
  const madeUp = `02:66:00:00:${(attempt >> 8).toString(16).padStart(2, '0')}:${(attempt & 255).toString(16).padStart(2, '0')}`
  insider.gossip(insider.heartbeat({ entity: madeUp as EntityId, life: { incarnation: 2 ** 48, nonce: 7 } }))
  for (const bytes of insider.heard.slice(-20)) insider.gossip(bytes)
  const digests = [{ channel: 'device_state', digest: new Uint8Array(32).fill(attempt) }]
  for (let times = 0; times < 5; times += 1) insider.askAll(encodeMessage({ kind: 'compare', digests }))
}

/** Foreign writes with forged signatures, and bytes that no node writes. */
function breakIn(insider: Insider, heard: readonly Message[], attempt: number): void {
  const run = heard.findLast((message) => message.kind === 'run')
  if (run?.kind === 'run') {
    const version = { ...run.head.version, clock: run.head.version.clock + attempt }
    const head = { ...run.head, version, signature: new Uint8Array(64).fill(attempt & 255) }
    insider.gossip({ ...run, head, from: version.clock - 1 })
  }
  insider.gossip(Uint8Array.from([1, 1, attempt & 255, attempt >> 8, 3]))
  insider.askAll(Uint8Array.of(1, 35, 255, 255))
}

/** How long nobody is linked with an identity before it gives up: whoever lost its link by accident is dialled again by then. */
const giveUpMs = 5000

/** What an identity says in one attempt, and the pause after that. */
async function attack(insider: Insider, own: EntityId, attempt: number): Promise<void> {
  insider.gossip(insider.heartbeat({ entity: own }))
  const heard = insider.heard.slice(-200).flatMap((bytes) => {
    const message = decodeMessage(bytes)
    return message.ok ? [message.value] : []
  })
  lie(insider, own, heard, attempt)
  if (attempt > sly) breakIn(insider, heard, attempt)
  await pause(attemptEveryMs)
}

/** One identity, from its first link until nobody is linked with it any more. */
async function live(number: number): Promise<void> {
  const { cluster, clusterKey, peers, listen } = options
  const insider = new Insider(cluster, [new Uint8Array(Buffer.from(clusterKey, 'hex'))], peers, listen)
  const own = `02:66:66:66:00:${(number & 255).toString(16).padStart(2, '0')}` as EntityId
  const bomb = new Uint8Array(1000).fill(1)
  insider.answer = () => [bomb, bomb]
  await insider.start()
  while (insider.network.links().length < peers.length) await pause(10)
  tell('linked', insider.network.self)
  let attempt = 1
  for (; insider.network.links().length > 0; attempt += 1) await attack(insider, own, attempt)
  void outlive(insider, own, attempt)
}

/** It goes on wherever a link comes back, while the next identity has begun: what all have cut off stays without one. */
async function outlive(insider: Insider, own: EntityId, attempts: number): Promise<void> {
  let aloneMs = 0
  for (let attempt = attempts; aloneMs < giveUpMs; attempt += 1) {
    aloneMs = insider.network.links().length === 0 ? aloneMs + attemptEveryMs : 0
    await (aloneMs === 0 ? attack(insider, own, attempt) : pause(attemptEveryMs))
  }
  tell('cut-off', insider.network.self)
  await insider.network.stop()
}

for (let number = 1; ; number += 1) await live(number)
