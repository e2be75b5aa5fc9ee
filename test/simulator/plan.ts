/** Which disk a server comes back with after a crash. `old` is the one of so many starts ago. */
export type DiskFate = 'same' | 'none' | { readonly old: number }

/** How parcels travel while a spell of bad weather lasts; what is not named is as always. */
export interface Weather {
  readonly latencyMs?: number
  readonly jitterMs?: number
  readonly gossipLoss?: number
  readonly gossipDuplicate?: number
  readonly gossipReorder?: number
  readonly reorderMs?: number
}

/**
 * What somebody does or what befalls them. Servers are named by their place from 0, keys by theirs in the key space. What lasts says
 * for how long itself, so that any part of a plan is a plan: a shorter history never lacks an end.
 */
export type Action =
  | { readonly kind: 'set'; readonly server: number; readonly key: number; readonly value: number }
  | { readonly kind: 'unset'; readonly server: number; readonly key: number }
  | { readonly kind: 'read'; readonly server: number }
  /** Many flips of few keys, one after another. */
  | {
      readonly kind: 'burst'
      readonly server: number
      readonly keys: readonly number[]
      readonly count: number
      readonly everyMs: number
      readonly value: number
    }
  /** Kill -9, or with `power` a machine that is gone without a word. It stays down where `forMs` goes beyond the end. */
  | {
      readonly kind: 'crash'
      readonly server: number
      readonly power: boolean
      readonly disk: DiskFate
      readonly forMs: number
    }
  | { readonly kind: 'leave'; readonly server: number; readonly forMs: number }
  /** SIGSTOP, then SIGCONT. */
  | { readonly kind: 'pause'; readonly server: number; readonly forMs: number }
  /** Stopped for a moment again and again. */
  | {
      readonly kind: 'slow'
      readonly server: number
      readonly stallMs: number
      readonly everyMs: number
      readonly forMs: number
    }
  /** The path between two servers is cut, both ways or from `a` to `b` only. */
  | {
      readonly kind: 'cut'
      readonly a: number
      readonly b: number
      readonly oneWay: boolean
      readonly forMs: number
    }
  /** The path is cut and mended again and again. */
  | {
      readonly kind: 'flap'
      readonly a: number
      readonly b: number
      readonly everyMs: number
      readonly forMs: number
    }
  /** The island of each server. */
  | { readonly kind: 'partition'; readonly islands: readonly number[]; readonly forMs: number }
  /** Everywhere, or on the paths of one server. */
  | { readonly kind: 'weather'; readonly server?: number; readonly weather: Weather; readonly forMs: number }
  /** The wall clock jumps by so much. */
  | { readonly kind: 'clock-step'; readonly server: number; readonly byMs: number }
  /** Another machine runs with the same entity ID, with a key of its own or with a copy of the data directory. */
  | { readonly kind: 'clone'; readonly server: number; readonly copied: boolean; readonly forMs: number }

export type Step = Action & { readonly atMs: number }

/** A server before anything befell it. */
export interface Start {
  readonly atMs: number
  /** Seconds of its clock per true second. */
  readonly rate: number
}

/** One run as plain data: it says everything that happens, and repeats exactly. */
export interface Plan {
  /** Of the network's and the nodes' chance. */
  readonly seed: number
  readonly starts: readonly Start[]
  readonly forgetAfterMs: number
  /** From then on nobody hears multicast: what was met before has to be found again by memory alone. Undefined: all hear it always. */
  readonly multicastUntilMs?: number
  /** Up to so many servers are all linked with all; of more, each with few. Undefined: as many as in a real cluster. */
  readonly fullMeshMax?: number
  /** Then everything heals, and all must agree. */
  readonly endMs: number
  readonly steps: readonly Step[]
}

/** A plan's steps as lines to be read. */
export function describe(plan: Plan): string[] {
  const starts = plan.starts.map(({ atMs, rate }, at) => `${at}@${atMs}${rate === 1 ? '' : ` x${rate}`}`)
  const head = `seed ${plan.seed}, ${plan.starts.length} servers (${starts.join(', ')}), end at ${plan.endMs} ms`
  return [head, ...[...plan.steps].sort((a, b) => a.atMs - b.atMs).map(lineOf)]
}

/** One step as a line. */
export function lineOf({ atMs, kind, ...rest }: Step): string {
  const details = Object.entries(rest).map(([name, value]) => `${name} ${JSON.stringify(value)}`)
  return `${String(atMs).padStart(7)} ms  ${kind}  ${details.join(', ')}`
}
