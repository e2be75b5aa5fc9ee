import type { Node } from '../node/node.ts'
import type { Clock } from '../runtime/clock.ts'
import type { Log } from '../runtime/log.ts'
import { namesMatcher } from '../state/device-name.ts'
import { hookText, type HookChange } from './change.ts'
import type { ProgramRunner } from './runner-process.ts'
import { HookQueue } from './hook-queue.ts'

/** What is run at which changes. */
export interface HookPlan {
  /** An absolute path. */
  readonly program: string
  readonly channels: readonly string[]
  /** Patterns of keys. */
  readonly patterns: readonly string[]
  readonly concurrency: number
  readonly timeLimitS: number
}

export interface HooksOptions {
  readonly node: Node
  readonly log: Log
  readonly clock: Clock
  readonly runner: ProgramRunner
  readonly dataDirectory: string
  /** The environment of this process, of which programs get what is no secret and no setting. */
  readonly env: Readonly<Record<string, string | undefined>>
  readonly plan: HookPlan | undefined
}

/** Keys whose changes may wait: more than any cluster's devices that change within the time of one run, and a few megabytes at most. */
const waitingMax = 10_000

/** A program that fails at each of a thousand changes is told of once in so many milliseconds, with their number. */
const complainEveryMs = 10_000

/** Variables of this process that a program may see. */
const inherited = ['PATH', 'HOME', 'USER', 'LOGNAME', 'LANG', 'LC_ALL', 'TZ']

/** Runs a program at changes of the cluster state. The node does not wait for it, and nothing it does or fails to do reaches the node. */
export class Hooks {
  readonly #options: HooksOptions
  readonly #counts = { runs: 0, failures: 0, timeouts: 0, coalesced: 0, dropped: 0 }
  readonly #stop = new AbortController()
  #plan: HookPlan | undefined
  #wants: (channel: string, key: string) => boolean = () => false
  #queue: HookQueue | undefined
  #complainedMs = -Infinity
  #unsaid = 0

  constructor(options: HooksOptions) {
    this.#options = options
    this.use(options.plan)
    const { signal } = this.#stop
    options.node.addEventListener(
      'change',
      ({ detail }) => {
        if (this.#wants(detail.channel, detail.key)) this.#queue?.add(detail)
      },
      { signal },
    )
  }

  /** Another plan from now on, or none; runs that have begun go on. */
  use(plan: HookPlan | undefined): void {
    this.#settleQueue()
    this.#plan = plan
    if (plan === undefined) {
      this.#wants = () => false
      return
    }
    const matches = namesMatcher(plan.patterns)
    this.#wants = (channel, key) => plan.channels.includes(channel) && matches(key)
    this.#queue = new HookQueue({ concurrency: plan.concurrency, waitingMax, run: (change) => this.#run(plan, change) })
  }

  /** For the listing of counters. */
  counts(): Readonly<Record<string, number>> {
    const { runs, failures, timeouts, coalesced, dropped } = this.#counts
    if (this.#plan === undefined && runs === 0) return {}
    return {
      hook_runs: runs,
      hook_failures: failures,
      hook_timeouts: timeouts,
      hook_changes_coalesced: coalesced + (this.#queue?.coalesced ?? 0),
      hook_changes_dropped: dropped + (this.#queue?.dropped ?? 0),
      hook_changes_waiting: this.#queue?.waiting ?? 0,
      hooks_running: this.#queue?.running ?? 0,
    }
  }

  /** Runs nothing more and ends what runs. */
  close(): void {
    this.#stop.abort()
    this.#settleQueue()
    this.#options.runner.close()
  }

  #settleQueue(): void {
    this.#queue?.close()
    this.#counts.coalesced += this.#queue?.coalesced ?? 0
    this.#counts.dropped += this.#queue?.dropped ?? 0
    this.#queue = undefined
  }

  async #run(plan: HookPlan, change: HookChange): Promise<void> {
    const { program, timeLimitS } = plan
    const { channel, key, before, after } = change
    this.#counts.runs += 1
    const args = [channel, key, hookText(before), hookText(after)]
    const outcome = await this.#options.runner.run({
      program,
      args,
      env: this.#environment(change),
      limitMs: timeLimitS * 1000,
    })
    if (outcome.kind === 'done' || this.#stop.signal.aborted) return
    this.#counts.failures += 1
    if (outcome.kind === 'too-long') this.#counts.timeouts += 1
    this.#complain(`the hook ${program} failed at ${channel} ${key}: ${outcome.why}`)
  }

  #environment({ channel, key, before, after, by }: HookChange): Record<string, string> {
    const { node, env, dataDirectory } = this.#options
    const kept = inherited.flatMap((name) => {
      const value = env[name]
      return value === undefined ? [] : [[name, value] as const]
    })
    return {
      ...Object.fromEntries(kept),
      HOOK_CHANNEL: channel,
      HOOK_KEY: key,
      HOOK_BEFORE: hookText(before),
      HOOK_AFTER: hookText(after),
      HOOK_ENTITY: by,
      HOOK_NODE: node.name,
      // So that `lampfield` commands in the program ask this node.
      LAMPFIELD_DATA_DIR: dataDirectory,
    }
  }

  #complain(sentence: string): void {
    const now = this.#options.clock.now()
    if (now - this.#complainedMs < complainEveryMs) {
      this.#unsaid += 1
      return
    }
    const more = this.#unsaid === 0 ? '' : ` (and ${this.#unsaid} times more since the last such line)`
    this.#complainedMs = now
    this.#unsaid = 0
    this.#options.log.error(`${sentence}${more}`)
  }
}
