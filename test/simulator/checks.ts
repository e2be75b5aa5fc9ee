import type { Node } from '../../src/node/node.ts'
import type { Actor } from './actor.ts'
import { keySpace, textOf, type Key } from './keys.ts'
import { foldPlainly, type PlainEntry } from './rules.ts'
import type { Stage } from './stage.ts'

/** Everything a program can read answers, and what it says of a key follows from the entries by the rules (invariant 2). */
export function checkReads(stage: Stage, actor: Actor): void {
  const { node, name } = actor.server
  for (const key of keySpace) {
    const { entries, value } = node.explain(key.channel, key.key)
    const counted = entries.filter((entry) => entry.counted)
    const strange = entries.find((entry) => entry.counted !== ['self', 'alive', 'suspect'].includes(entry.status))
    if (strange !== undefined) {
      const does = strange.counted ? 'counts' : 'does not count'
      stage.violate(2, `${name} ${does} ${key.path} of ${strange.name}, which is ${strange.status}`)
    }
    const right = foldPlainly(key.rule, counted)
    const shown = textOf(node.get(key.channel, key.key))
    if (shown !== textOf(value) || !right.includes(shown)) {
      stage.violate(2, `${name} shows ${key.path} as ${shown}, and its entries fold to ${right.join(' or ')}`)
    }
    const own = textOf(entries.find(({ entity }) => entity === actor.entity)?.value)
    const said = actor.said.standing.get(key.path)?.text
    if (own !== said) stage.violate(3, `${name} says ${own} of ${key.path}; its last write was ${said}`)
  }
}

/** Who is gone, and what an earlier run of a restarted one said, counts nowhere later than the bound (invariant 5). */
export function checkDeaths(stage: Stage): void {
  for (const member of stage.actors) {
    if (member.isContested || member.said.run === 0) continue
    const isGone = member.state === 'dead' || member.isPaused
    if (!isGone && member.said.run === 1) continue
    for (const observer of stage.actors) {
      const { watch } = observer
      if (observer === member || watch?.counts(member.entity) !== true) continue
      if (!isGone && watch.runOf(member.entity) === member.said.run) continue
      const sinceMs = member.isPaused ? member.pausedMs : member.endedMs
      const leftMs = stage.bounds.leftMs(observer, member, sinceMs)
      if (leftMs >= 0) continue
      const how = member.isPaused ? 'stopped' : `${isGone ? '' : 'restarted, and before '}${member.end}`
      const times = `${Math.round(stage.now - sinceMs)} ms ago: ${Math.round(-leftMs)} ms too late`
      return stage.violate(5, `${observer.server.name} still counts ${member.server.name}, ${how} ${times}`)
    }
  }
}

/** Memory and queues are functions of live entries and members (invariant 7). */
export function checkBounds(stage: Stage, actor: Actor): void {
  const stats = actor.server.node.stats()
  const count = (name: string): number => stats[name] ?? 0
  const entities = stage.actors.length
  const keys = keySpace.length
  const isWithin = (name: string, max: number): void => {
    if (count(name) <= max) return
    stage.violate(7, `${actor.server.name} has ${name} ${count(name)}, and ${max} at most are right`)
  }
  isWithin('documents', 3 * entities)
  isWithin('document_items', itemsMax(stage))
  isWithin('entries', entities * keys)
  isWithin('changes_pending', keys)
  isWithin('own_entries', keys)
  isWithin('links', 2 * entities)
  const strangers = actor.server.node.members().filter(({ entity }) => stage.actorOf(entity) === undefined)
  if (strangers.length > 0) stage.violate(7, `${actor.server.name} has a member that never was`)
}

/** Two running nodes with one entity ID are an alarm everywhere. */
export function checkAlarms(stage: Stage, actor: Actor, clone: Node): void {
  const running = stage.actors.filter(({ isAwake }) => isAwake)
  const isAlarmed = (node: Node): boolean => {
    return node.members().some(({ entity, alarms }) => entity === actor.entity && alarms.length > 0)
  }
  const silent = running.find(({ server }) => !isAlarmed(server.node))
  const who = `of the two servers that are ${actor.entity}`
  if (silent !== undefined) stage.violate(9, `${silent.server.name} does not tell ${who}`)
  else if (!isAlarmed(clone)) stage.violate(9, `the clone itself does not tell ${who}`)
}

/** Whom `observer` still knows by the key that it lost; undefined where it is nobody. Its entries may be the same, but it is not who is asked. */
export function lostKey(stage: Stage, observer: Actor): string | undefined {
  const peerOf = ({ server }: Actor, entity: string): string | undefined =>
    server.node.members().find((member) => member.entity === entity)?.peer
  const old = stage.actors.find((actor) => {
    if (!actor.hasLostKey || actor.wasContested || !actor.isAwake) return false
    return peerOf(observer, actor.entity) !== peerOf(actor, actor.entity)
  })
  return old && `${observer.server.name} knows ${old.server.name} by the key that it lost`
}

/** Asks a node whether all agree; the function returned judges the answer, after some time. */
export function checkAgreement(stage: Stage, actor: Actor | undefined): () => void {
  if (actor === undefined) return () => {}
  const { node, name } = actor.server
  let found: string | undefined = 'no answer'
  node.check().then(
    ({ members }) => {
      // Only neighbours can be asked, and in a large cluster not everybody is one.
      const isLarge = !stage.bounds.isFullMesh
      const isUnreachable = (entity: string): boolean =>
        isLarge || stage.actors.some((other) => other.entity === entity && other.state !== 'running')
      const strange = members.find(({ entity, verdict }) =>
        verdict === 'unreachable' ? !isUnreachable(entity) : verdict !== 'agrees',
      )
      found = strange === undefined ? undefined : `${strange.name} ${strange.verdict}: ${strange.findings.join(', ')}`
    },
    (error: unknown) => {
      found = String(error)
    },
  )
  return () => {
    if (found !== undefined) stage.violate(1, `${name} checks whether all agree: ${found}`)
  }
}

/** Overwritten items that a document may hold beside as many as live, before its owner rolls over. */
const slack = 64

/**
 * What all documents together may hold: of each either all that was ever written to it, or what a document at the end of its epoch holds
 * (`2 * live + 64` and one write more) and as much again for the epoch before, which is kept for a while.
 */
function itemsMax({ actors }: Stage): number {
  let items = 0
  for (const channel of new Set(keySpace.map((key) => key.channel))) {
    const keys = keySpace.filter((key) => key.channel === channel).length
    for (const { said } of actors) items += Math.min(keys + said.writtenTo(channel), 2 * (3 * keys + slack))
  }
  return items
}

/** What is counted of a healthy node: nothing of this ever happens, whatever the network does. */
const neverCounters = ['disagreements', 'repairs', 'kept-entry-unreadable'] as const

export function checkCounters(stage: Stage, actor: Actor): void {
  const stats = actor.server.node.stats()
  // A document of an entity's new key may come before the heartbeat that tells of the key.
  const hasNewKeys = stage.actors.some(({ hasLostKey, wasContested }) => hasLostKey || wasContested)
  for (const [name, count] of Object.entries(stats)) {
    if (name === 'refused_bad_signature' && hasNewKeys) continue
    const isWrong = neverCounters.some((never) => name === never) || name.startsWith('refused_')
    if (isWrong && count > 0) stage.violate(1, `${actor.server.name} counts ${name} ${count}`)
  }
}

/** What `observer` shows otherwise than the model has it; undefined where all is right (invariant 1). `skip` leaves out keys. */
export function difference(
  stage: Stage,
  observer: Actor,
  skip: (actor: Actor, key: Key) => boolean = () => false,
): string | undefined {
  const { node, name } = observer.server
  const running = stage.actors.filter(({ state }) => state === 'running')
  for (const member of stage.actors) {
    if (member === observer) continue
    const status = observer.watch?.statuses.get(member.entity)
    const isRight = member.state === 'running' ? status === 'alive' : status !== 'alive' && status !== 'suspect'
    if (!isRight) return `${name} takes ${member.server.name} (${member.state}) for ${status}`
  }
  for (const key of keySpace) {
    const said = running.flatMap((actor): PlainEntry[] => {
      const saying = actor.said.standing.get(key.path)
      return saying === undefined ? [] : [{ entity: actor.entity, value: saying.value, sinceMs: saying.sinceMs }]
    })
    const isSkipped = running.some((actor) => skip(actor, key))
    if (isSkipped) continue
    const fault = keyFault(node, key, said)
    if (fault !== undefined) return `${name} shows ${key.path}: ${fault}`
  }
  return undefined
}

function keyFault(node: Node, key: Key, said: readonly PlainEntry[]): string | undefined {
  const shown = textOf(node.get(key.channel, key.key))
  const right = foldPlainly(key.rule, said)
  if (!right.includes(shown)) return `${shown}, and the entities' last words fold to ${right.join(' or ')}`
  const lineOf = ({ entity, value, sinceMs }: PlainEntry): string => `${entity} ${textOf(value)} since ${sinceMs}`
  const entries = node.explain(key.channel, key.key).entries.filter(({ counted }) => counted)
  const [have, want] = [entries, said].map((list) => list.map(lineOf).sort().join('; '))
  return have === want ? undefined : `from the entries ${have}; the entities' last words are ${want}`
}
