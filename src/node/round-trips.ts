import { pause } from '../runtime/clock.ts'
import { Failure } from '../runtime/failure.ts'
import { decodeMessage } from '../protocol/decode.ts'
import { limits } from '../protocol/limits.ts'
import type { Stand } from '../protocol/messages.ts'
import type { Head } from '../replica/transfer.ts'
import { documentKey } from '../state/document-id.ts'
import { compareVersions } from '../state/version.ts'
import type { Core } from './core.ts'
import type { RoundTripOptions } from './node.ts'
import type { MemberView, RoundTripReport, TimedMember } from './views.ts'

const channel = 'device_state'

/** Changes follow one another so slowly that none shares a message with the one before. */
const pauseMs = 50
/** A member that has not shown a change after this long has lost it, as far as a lamp is concerned. */
const patienceMs = 2000
const changesMax = 1000

/** What is compared with no copy at all: a peer answers by telling where all its copies stand. */
const noDigest = new Uint8Array(32)

/**
 * Times changes of a key of its own until each linked member has them, as the member itself says when it is asked where its copies
 * stand. So a time is of the change on its way there and of an answer on its way back. The key is not kept on disk, and is taken back
 * at the end.
 */
export async function roundTrips(
  core: Core,
  members: readonly MemberView[],
  { changes = 20, signal }: RoundTripOptions,
): Promise<RoundTripReport> {
  if (!Number.isInteger(changes) || changes < 1 || changes > changesMax) {
    throw new Failure('invalid-argument', `${changes} changes cannot be timed: 1 to ${changesMax} are wanted`)
  }
  const key = `Custom:lampfield-bench-${core.parts.random.uint32().toString(16).padStart(8, '0')}`
  const asked = members.filter(({ status, connected }) => status === 'alive' && connected)
  const timed = new Map(asked.map((member) => [member, blank(member)]))
  try {
    for (let turn = 0; turn < changes; turn += 1) {
      await pause(core.parts.clock, pauseMs)
      if (signal?.aborted === true) throw new Failure('aborted', 'timing was aborted', { cause: signal.reason })
      // The bare question first: what is left of the time when it is taken away is the change's own.
      await Promise.all(asked.map((member) => time(core, member, [], timed.get(member)?.questionMs)))
      const startMs = core.parts.clock.now()
      core.entries.set(channel, key, turn % 2 === 0 ? 'INUSE' : 'NOT_INUSE')
      core.entries.flush()
      const goal = [...core.entries.replica.heads({ entity: core.entity, channel })]
      await Promise.all(asked.map((member) => time(core, member, goal, timed.get(member)?.changeMs, startMs)))
    }
  } finally {
    core.entries.unset(channel, key)
  }
  return { key, changes, members: [...timed.values()] }
}

interface Times extends TimedMember {
  readonly questionMs: number[]
  readonly changeMs: number[]
}

const blank = ({ entity, name }: MemberView): Times => ({ entity, name, questionMs: [], changeMs: [] })

/** Asks one member until its copies stand as wanted, and notes how long that took; nothing where it does not come to that. */
async function time(
  core: Core,
  { peer }: MemberView,
  goal: readonly Head[],
  times: number[] | undefined,
  startMs: number = core.parts.clock.now(),
): Promise<void> {
  const { clock } = core.parts
  while (clock.now() - startMs < patienceMs) {
    const stands = await standsOf(core, peer)
    if (stands === undefined) return
    if (goal.every((head) => isReached(head, stands))) {
      times?.push(clock.now() - startMs)
      return
    }
  }
}

function isReached(head: Head, stands: ReadonlyMap<string, Stand>): boolean {
  const stand = stands.get(documentKey(head.document))
  return stand !== undefined && compareVersions(stand.version, head.version) >= 0
}

/** Where a peer's copies stand; undefined where it does not say. */
function standsOf(core: Core, peer: MemberView['peer']): Promise<ReadonlyMap<string, Stand> | undefined> {
  const stands = new Map<string, Stand>()
  const digests = [{ channel, digest: noDigest }]
  return new Promise((resolve) => {
    core.questions.ask(
      peer,
      { kind: 'compare', digests },
      limits.framesPerVectorMax,
      {
        frame(bytes) {
          const message = decodeMessage(bytes)
          if (!message.ok || message.value.kind !== 'vector') return
          for (const stand of message.value.stands) stands.set(documentKey(stand.document), stand)
        },
        end: (failure) => resolve(failure === undefined ? stands : undefined),
      },
      { idleTimeoutMs: patienceMs },
    )
  })
}
