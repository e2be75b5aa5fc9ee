import { pause } from '../runtime/clock.ts'
import { Failure } from '../runtime/failure.ts'
import type { Core } from './core.ts'
import type { PeerWord } from './agreement.ts'
import type { CheckedMember, CheckReport, DifferenceView, MemberView } from './views.ts'

/** A change on its way makes two nodes differ for a moment: a difference is looked at again, so many times, before it is told. */
const looksMax = 4
const lookAgainMs = 250

/**
 * Asks every member for its cluster state and compares it with the one here. Members that are down are named, too: a node that knows others
 * and reaches none of them cannot say that they agree.
 */
export async function check(core: Core, members: readonly MemberView[], signal?: AbortSignal): Promise<CheckReport> {
  const others = members.filter(({ status }) => status === 'alive' || status === 'suspect' || status === 'down')
  const checked = await Promise.all(others.map((member) => checkMember(core, member, signal)))
  const alarms = [...new Set(members.flatMap((member) => member.alarms))]
  const isAlone = checked.length > 0 && checked.every(({ verdict }) => verdict === 'unreachable')
  const agreed = alarms.length === 0 && !isAlone && checked.every(({ verdict }) => verdict !== 'differs')
  return { agreed, members: checked, alarms }
}

async function checkMember(core: Core, member: MemberView, signal?: AbortSignal): Promise<CheckedMember> {
  const { entity, name } = member
  if (member.status === 'down')
    return { entity, name, verdict: 'unreachable', findings: ['it is down'], differences: [] }
  for (let look = 1; ; look += 1) {
    try {
      const word = await core.agreements.ask(member.peer, [], signal)
      const fault = await compare(core, member, word, look === looksMax, signal)
      if (fault === undefined) return { entity, name, verdict: 'agrees', findings: [], differences: [] }
      if (look === looksMax) return { entity, name, verdict: 'differs', ...fault }
    } catch (error) {
      if (!Failure.is(error) || error.code === 'aborted') throw error
      return { entity, name, verdict: 'unreachable', findings: [error.message], differences: [] }
    }
    await pause(core.parts.clock, lookAgainMs)
  }
}

interface Fault {
  readonly findings: readonly string[]
  readonly differences: readonly DifferenceView[]
}

async function compare(
  core: Core,
  member: MemberView,
  word: PeerWord,
  inDetail: boolean,
  signal?: AbortSignal,
): Promise<Fault | undefined> {
  const mine = core.agreements.word()
  const differing = mine.channels.filter(({ channel, digest }) => {
    const theirs = word.agreement.channels.find((other) => other.channel === channel)
    return theirs !== undefined && Buffer.compare(theirs.digest, digest) !== 0
  })
  const counted = countedFindings(core, member, mine.counted, word.agreement.counted)
  if (differing.length === 0 && counted.length === 0) return undefined
  if (!inDetail) return { findings: counted, differences: [] }
  const names = differing.map(({ channel }) => channel)
  const { differences } = names.length === 0 ? word : await core.agreements.ask(member.peer, names, signal)
  const channels = names.map((name) => `the cluster state of ${name} differs`)
  return { findings: [...counted, ...channels], differences }
}

type Counted = PeerWord['agreement']['counted']

function countedFindings(core: Core, member: MemberView, here: Counted, there: Counted): string[] {
  const mine = new Set(here.map(({ entity }) => entity))
  const theirs = new Set(there.map(({ entity }) => entity))
  const name = (entity: Counted[number]['entity']): string => core.members.nameOf(entity)
  return [
    ...here
      .filter(({ entity }) => !theirs.has(entity))
      .map(({ entity }) => `${member.name} does not count ${name(entity)}`),
    ...there
      .filter(({ entity }) => !mine.has(entity))
      .map(({ entity }) => `${member.name} counts ${name(entity)}, this node does not`),
  ]
}
