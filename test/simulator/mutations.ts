/** One place of the core, and what is done to it. */
export interface Edit {
  readonly file: string
  /** Occurs exactly once in the file. */
  readonly find: string
  readonly replace: string
}

/** A deliberate fault of the core that the simulator has to find. */
export interface Mutation {
  readonly name: string
  readonly edits: readonly Edit[]
  readonly nodes: number
  readonly minutes: number
  /** Where multicast would make good what the mutation breaks, none is heard. */
  readonly multicast?: false
  /** Only up to so many servers are all linked with all, so that gossip takes routes in a small cluster. */
  readonly fullMesh?: number
  /** A seed that is known to find it. */
  readonly seed: number
}

const size = { nodes: 4, minutes: 0.7 } as const

const mutation = (name: string, seed: number, file: string, find: string, replace: string): Mutation => {
  return { name, edits: [{ file, find, replace }], ...size, seed }
}

/** Faults of the routes: too few servers are linked with all for gossip to need none. */
const routed = (name: string, seed: number, file: string, find: string, replace: string): Mutation => {
  return { ...mutation(name, seed, file, find, replace), nodes: 10, minutes: 0.7, fullMesh: 3 }
}

export const mutations: readonly Mutation[] = [
  mutation(
    'lives are compared without their incarnation',
    0,
    'src/state/version.ts',
    'return a.incarnation - b.incarnation || a.nonce - b.nonce',
    'return a.nonce - b.nonce',
  ),
  mutation(
    'members that are down count',
    0,
    'src/membership/member.ts',
    "status === 'alive' || status === 'suspect'",
    "status !== 'left'",
  ),
  mutation(
    'members that left count',
    0,
    'src/membership/member.ts',
    "status === 'alive' || status === 'suspect'",
    "status !== 'down'",
  ),
  mutation(
    'the gap check is dropped',
    0,
    'src/replica/receiver.ts',
    'if (document !== undefined && from === document.clock) {',
    'if (document !== undefined) {',
  ),
  mutation(
    'a gap is not pulled, and heartbeats do not tell of it',
    0,
    'src/node/anti-entropy.ts',
    'if (order > 0) this.#puller.want(stand, from, areOwners ? undefined : from)',
    'if (order > 0) this.#parts.counters.add(from)',
  ),
  mutation(
    'a tail begins one item too early',
    0,
    'src/replica/supply.ts',
    'return [run(document, head, since.clock, bounds)]',
    'return [run(document, head, Math.max(0, since.clock - 1), bounds)]',
  ),
  {
    name: 'digests are not compared, and heartbeats tell no stands',
    edits: [
      {
        file: 'src/node/answers.ts',
        find: 'return mine.has(channel) && Buffer.compare(antiEntropy.digest(channel), digest) !== 0',
        replace: 'return mine.has(channel) && digest.length === 0',
      },
      {
        file: 'src/node/core.ts',
        find: 'this.antiEntropy.notice(documents, from, true)',
        replace: 'void [documents, from]',
      },
    ],
    ...size,
    seed: 0,
  },
  mutation(
    'a later life does not supersede an earlier one',
    0,
    'src/node/core.ts',
    'supersede: (entity, life) => this.entries.replica.supersede(entity, life),',
    'supersede: () => {},',
  ),
  mutation(
    'farewells are ignored',
    0,
    'src/node/membership-intake.ts',
    "if (member === undefined || member.status === 'left' ||",
    "if (life !== undefined) return 'ignore'\n    if (member === undefined || member.status === 'left' ||",
  ),
  mutation(
    'an own stall is not noticed',
    99,
    'src/membership/detector.ts',
    'if (lateMs <= config.stallMs) return lateMs',
    'if (lateMs >= 0) return 0',
  ),
  mutation(
    'a suspect never goes down',
    0,
    'src/membership/detector.ts',
    "if (now >= (member.suspicionDeadlineMs ?? now)) changeStatus(turn, member, 'down')",
    "if (now < 0) changeStatus(turn, member, 'down')",
  ),
  mutation(
    'a suspect goes down at once',
    0,
    'src/membership/detector.ts',
    "if (now >= (member.suspicionDeadlineMs ?? now)) changeStatus(turn, member, 'down')",
    "changeStatus(turn, member, 'down')",
  ),
  mutation(
    'a closed link makes nobody suspect',
    0,
    'src/membership/detector.ts',
    "if (member.status === 'alive') suspect(turn, member, closedSuspicionMs(turn))",
    "if (member.status === 'alive') continue",
  ),
  mutation(
    'accusations are not answered',
    0,
    'src/membership/own-entity.ts',
    '  view.own.refutePending = true',
    '  view.own.refutePending = false',
  ),
  mutation(
    'the outbox drops the second change',
    0,
    'src/node/outbox.ts',
    'else known.set(key, bytes)',
    'else if (known.size === 0) known.set(key, bytes)',
  ),
  mutation(
    'the outbox keeps the first value of a key',
    0,
    'src/node/outbox.ts',
    'else known.set(key, bytes)',
    'else if (!known.has(key)) known.set(key, bytes)',
  ),
  mutation(
    'removals stay at home',
    0,
    'src/node/outbox.ts',
    '    const known = this.#pending.get(channel)',
    '    if (bytes === undefined) return\n    const known = this.#pending.get(channel)',
  ),
  mutation(
    'the owner rolls over without rebuilding',
    0,
    'src/replica/writer.ts',
    'const next = rebuilt(document, document.life, document.epoch + 1)',
    'const next = new EntityDocument(document.id, document.life, document.epoch + 1)',
  ),
  mutation(
    'nothing ever rolls over',
    0,
    'src/replica/roll-over.ts',
    'return document.overwritten > document.live + slack || document.clock >= rollOverClock',
    'return document.clock >= rollOverClock',
  ),
  mutation(
    'copies do not roll over',
    0,
    'src/replica/receiver.ts',
    'this.#holdings.succeed(document, next, ownHead(head))',
    'void [next, ownHead]',
  ),
  mutation(
    'an older life is believed',
    0,
    'src/membership/hearing.ts',
    'else if (compareLives(life, record.life) < 0) hearOldLife(turn, record, evidence, from)',
    'else if (compareLives(life, record.life) < 0) restart(turn, record, evidence)',
  ),
  mutation(
    'nobody is shown the evidence of a later life',
    0,
    'src/node/informer.ts',
    'if (shown !== undefined) for (const to of told)',
    'if (shown === null) for (const to of told)',
  ),
  mutation(
    'anti-entropy never pulls',
    0,
    'src/node/puller.ts',
    'this.#queue(this.#parts.ownerOf(document) ?? from, { document, version, toldBy, times: 0 })',
    "if (from === '') this.#queue(this.#parts.ownerOf(document) ?? from, { document, version, toldBy, times: 0 })",
  ),
  mutation(
    'a persistent write is acknowledged before it is stored',
    0,
    'src/node/lampfield-node.ts',
    'if (core.entries.isPersistent(name, key)) await memory.entry(name, key, kept ? bytes : undefined)',
    'if (core.entries.isPersistent(name, key)) void memory.entry(name, key, kept ? bytes : undefined).catch(() => {})',
  ),
  mutation(
    'what is on disk is not said again',
    0,
    'src/node/core.ts',
    'for (const { channel, key, bytes } of remembered.entries) {',
    'for (const { channel, key, bytes } of remembered.entries.slice(1)) {',
  ),
  mutation(
    'the latest reducer ignores stamps',
    0,
    'src/state/latest-reducer.ts',
    'if (entry.stamp > latest.stamp || (entry.stamp === latest.stamp && entry.entity > latest.entity)) latest = entry',
    'if (entry.entity > latest.entity) latest = entry',
  ),
  mutation(
    'a write does not look at the stamps that stand',
    0,
    'src/node/stamp-clock.ts',
    'latest === undefined || latest < this.#last',
    'latest === undefined || latest >= 0',
  ),
  mutation(
    'who counts again is not folded anew',
    0,
    'src/state/cluster-state.ts',
    'return this.#refold(source.keys)',
    'return counted ? [] : this.#refold(source.keys)',
  ),
  mutation(
    'a next life does not say everything again',
    0,
    'src/node/core.ts',
    '    this.#heartbeat.restartSequence()\n    this.entries.begin(life)',
    '    this.#heartbeat.restartSequence()',
  ),
  mutation(
    'another key is believed while its holder lives',
    0,
    'src/membership/hearing.ts',
    '    hearBeside(turn, record, evidence)\n  } else refuseClaim(',
    '    record.publicKey = evidence.announcement.publicKey\n    restart(turn, record, evidence)\n  } else refuseClaim(',
  ),
  {
    ...mutation(
      'peers that were lost are not dialled again',
      10,
      'src/network/keeper.ts',
      'target.notBeforeMs = Math.max(now + 50, target.dialledMs + this.#retryMs(target.failures, maxMs))',
      'target.notBeforeMs = isReached ? now + maxMs : Infinity',
    ),
    multicast: false,
  },
  mutation(
    'whoever is met beside a process with its key is told to nobody',
    104,
    'src/membership/step.ts',
    'if (event.peer === turn.view.own.peer) raiseOwnTwin(turn)',
    'if (event.peer !== turn.view.own.peer) return\n      if (event.peer === turn.view.own.peer) raiseOwnTwin(turn)',
  ),
  mutation(
    'members are looked at once, and not again when their time is up',
    11,
    'src/membership/detector.ts',
    '    judge(turn, member)\n    judgeInTime(view, member)',
    '    judge(turn, member)',
  ),
  routed(
    'nothing is handed on along routes',
    1,
    'src/node/spread.ts',
    'this.#next = [...new Set([...next, ...this.#routes.strangers()])]',
    'this.#next = this.#routes.strangers()',
  ),
  routed(
    'a way is found once and never again, whatever is told of links',
    14,
    'src/node/routes.ts',
    'if (graph.tell(number, told)) this.#forgetHops()',
    'graph.tell(number, told)',
  ),
  {
    ...routed(
      'the first word of a member on its links counts for ever',
      186,
      'src/node/routes.ts',
      'if (before !== undefined && compareLives(before.life, life) === 0 && isSameClaim(before.links, links)) return',
      'if (before !== undefined) return',
    ),
    nodes: 16,
  },
  routed(
    'a link that is gone stays in the picture',
    6,
    'src/node/link-graph.ts',
    'this.#links.delete(other, one)\n    return this.#links.delete(one, other)',
    'return this.#links.has(one, other)',
  ),
  {
    ...routed(
      'who has met a copy of itself tells nobody',
      104,
      'src/node/core.ts',
      'hasTwin: this.members.hasTwin,',
      'hasTwin: false,',
    ),
    nodes: 12,
  },
  {
    ...routed(
      'the evidence of a later life goes no further than to whoever handed the older one on',
      39,
      'src/node/membership-intake.ts',
      ': this.#heartbeat(message, from)',
      ": 'ignore'",
    ),
    nodes: 8,
    minutes: 1,
  },
  routed(
    'nothing is handed on to neighbours to whom no way is known',
    3,
    'src/node/spread.ts',
    'this.#next = [...new Set([...next, ...this.#routes.strangers()])]',
    'this.#next = next',
  ),
]
