import { Routes, type RoutesParts } from '../../src/node/routes.ts'
import { decodeMessage } from '../../src/protocol/decode.ts'
import { encodeMessage } from '../../src/protocol/encode.ts'
import type { HeartbeatMessage } from '../../src/protocol/messages.ts'
import type { Announcement } from '../../src/state/announcement.ts'
import type { EntityId } from '../../src/state/entity-id.ts'
import { checkOf, markOf, type LinkClaim } from '../../src/state/link-claim.ts'
import type { PeerId } from '../../src/state/peer-id.ts'
import { compareLives } from '../../src/state/version.ts'
import type { Decoder } from './decoders.ts'

type RouteMember = ReturnType<RoutesParts['members']['others']>[number]

/** The node itself is the first. The last two share a mark. */
const entities: readonly EntityId[] = [1, 2, 3, 4, 5, 6, 7, 8, 9, 9].map(
  (mark, at) => `02:00:00:0${at === 9 ? 1 : 0}:00:0${mark}` as EntityId,
)
const [own, ...others] = entities as [EntityId, ...EntityId[]]
const linkedWith: ReadonlySet<EntityId> = new Set(others.slice(0, 4))

const memberOf = (entity: EntityId): RouteMember => {
  return {
    entity,
    peer: `peer of ${entity}` as PeerId,
    status: 'alive',
    connected: linkedWith.has(entity),
    channels: [],
  }
}

const makeRoutes = (): Routes => {
  const linked = (): PeerId[] => [...linkedWith].map((entity) => memberOf(entity).peer)
  const members = { revision: 1, others: () => others.map(memberOf), linked }
  return new Routes({ entity: own, now: () => 0, members })
}

/** A ring with some chords, and some who say that they are linked with all: true or not. */
const claims: readonly LinkClaim[] = [
  ...others.map((_, at): LinkClaim => {
    const marks = [at, at + 1, at + 2, at + 5].map((place) => markOf(entities[place % entities.length] ?? own))
    return { all: false, marks }
  }),
  { all: false, marks: [] },
  { all: false, marks: Array.from({ length: 128 }, (_, at) => at % 12) },
  { all: true, check: checkOf(entities.filter((entity) => entity !== others[0])) },
  { all: true, check: 0 },
]

const heartbeatOf = (entity: EntityId, links: LinkClaim, wantsRelay: boolean): HeartbeatMessage => ({
  kind: 'heartbeat',
  announcement: {
    entity,
    publicKey: new Uint8Array(32).fill(1),
    life: { incarnation: 1, nonce: 1 },
    sequence: 1,
    name: 'pbx',
    addresses: [],
    channels: [],
    heartbeatMs: 1000,
    wantsRelay,
    hasTwin: wantsRelay,
    links,
    stands: [],
  },
  signature: new Uint8Array(64),
})

const nextHopsOf = (routes: Routes): (readonly string[] | undefined)[] =>
  others.map((origin) => routes.nextHops(origin)?.toSorted())

/** Where they lead can be hit on by whoever says with whom it is linked: only to own neighbours, each once, and never back. */
function check(hops: readonly (readonly string[] | undefined)[]): void {
  for (const [at, peers] of hops.entries()) {
    const isRight = (peer: string): boolean => {
      const entity = others.find((other) => peer === memberOf(other).peer)
      return entity !== undefined && linkedWith.has(entity) && entity !== others[at]
    }
    if (peers?.every(isRight) === false) throw new Error(`handed on to nobody's neighbour: ${peers.join()}`)
    if (new Set(peers).size !== (peers?.length ?? 0)) throw new Error(`handed on twice: ${peers?.join()}`)
  }
}

/** Looks from the beginning are dear: one in so many. */
const compareEvery = 16

/**
 * What heartbeats tell of links, as far as the routes that follow from it. The picture goes on from one case to the next, and must be the same as one that is
 * drawn from the last words of all.
 */
export function routeDecoder(): Decoder {
  const routes = makeRoutes()
  /** The last word of each that can be understood: another one changes nothing, but that the links of a life end with it. */
  const heard = new Map<EntityId, Pick<Announcement, 'life' | 'links'>>()
  let cases = 0
  return {
    name: 'links',
    samples: claims.map((claim, at) =>
      encodeMessage(heartbeatOf(others[at % others.length] ?? own, claim, at % 2 === 0)),
    ),
    take(bytes) {
      const message = decodeMessage(bytes)
      if (!message.ok || message.value.kind !== 'heartbeat') return false
      const { announcement } = message.value
      if (Buffer.compare(encodeMessage(message.value), bytes) !== 0) throw new Error('it has another encoding')
      const entity = others[announcement.sequence % others.length] ?? own
      const speaker =
        entities.includes(announcement.entity) && announcement.entity !== own ? announcement.entity : entity
      const { life, links } = announcement
      routes.hear(speaker, { life, links })
      if (compareLives(heard.get(speaker)?.life ?? life, life) !== 0) heard.delete(speaker)
      const isUnderstood = !links.all || links.check === checkOf(entities.filter((other) => other !== speaker))
      if (isUnderstood) heard.set(speaker, { life, links })
      const hops = nextHopsOf(routes)
      check(hops)
      cases += 1
      if (cases % compareEvery !== 0) return true
      const fresh = makeRoutes()
      for (const [other, word] of heard) fresh.hear(other, word)
      const drawn = JSON.stringify(nextHopsOf(fresh))
      if (drawn !== JSON.stringify(hops))
        throw new Error(`the routes are ${JSON.stringify(hops)}, and right is ${drawn}`)
      return true
    },
  }
}

const wounded = (links: LinkClaim, wound: (bytes: Uint8Array, flagsAt: number) => Uint8Array): Uint8Array => {
  const bytes = encodeMessage(heartbeatOf(others[0] ?? own, links, false))
  // Behind it: the flags, the count and its marks or the check, no stands, the signature.
  const tail = links.all ? 1 + 2 : 1 + 1 + 2 * links.marks.length
  return wound(bytes, bytes.length - 64 - 1 - tail)
}

const put = (bytes: Uint8Array, at: number, ...values: number[]): Uint8Array => {
  const copy = Uint8Array.from(bytes)
  copy.set(values, at)
  return copy
}

/** What the links of a heartbeat must not say. */
export const routeCorpus: Readonly<Record<string, Uint8Array>> = {
  'flags that nobody knows': wounded({ all: false, marks: [] }, (bytes, at) => put(bytes, at, 8)),
  'all, and no check': wounded({ all: true, check: 1 }, (bytes, at) => bytes.subarray(0, at + 1)),
  'half a mark': wounded({ all: false, marks: [1] }, (bytes, at) => bytes.subarray(0, at + 3)),
  'one mark too many': wounded({ all: false, marks: Array.from({ length: 128 }, () => 1) }, (bytes, at) =>
    Uint8Array.from([...put(bytes, at + 1, 0x81, 1).subarray(0, at + 3), 0, 1, ...bytes.subarray(at + 3)]),
  ),
  'a count of 2^35 marks': wounded({ all: false, marks: [] }, (bytes, at) =>
    Uint8Array.from([...bytes.subarray(0, at + 1), 0xff, 0xff, 0xff, 0xff, 0x7f]),
  ),
  'more marks than there are': wounded({ all: false, marks: [1, 2] }, (bytes, at) => put(bytes, at + 1, 100)),
}
