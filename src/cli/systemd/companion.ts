import type { Node } from '../../node/node.ts'
import { ControlClient } from '../../control/client.ts'
import type { Cancel, Clock } from '../../runtime/clock.ts'
import type { Log } from '../../runtime/log.ts'
import { countText } from '../text.ts'
import { monotonicAssignment, type Notify, watchdogMs } from './notify.ts'
import { nodeAilment, startWatchdog } from './watchdog.ts'

export interface CompanionOptions {
  readonly env: NodeJS.ProcessEnv
  readonly node: Node
  readonly dataDirectory: string
  readonly clock: Clock
  readonly log: Log
  /** Undefined where no service manager listens. */
  readonly notify: Notify | undefined
  readonly heartbeatMs: number
}

/** Heartbeats of a node that is well come at least so often, in the largest cluster; scaled for slower ones. */
const heartbeatMaxMs = 20_000

/** Tells the service manager of a node's life, from its start to its farewell. Does nothing where no manager listens. */
export class ServiceCompanion {
  readonly #options: CompanionOptions
  #cancel: Cancel = () => {}

  constructor(options: CompanionOptions) {
    this.#options = options
  }

  running(): void {
    const { env, notify, clock, log, node, dataDirectory, heartbeatMs } = this.#options
    if (notify === undefined) return
    void notify('READY=1', this.#status())
    const limitMs = watchdogMs(env, process.pid)
    if (limitMs === undefined) return
    const client = new ControlClient(dataDirectory, { answerMaxMs: limitMs / 4 })
    const ailment = nodeAilment(clock, {
      isRunning: async () => (await client.node()).status === 'running',
      heartbeats: () => node.stats()['heartbeats_published'] ?? 0,
      heartbeatMaxMs: Math.max(heartbeatMaxMs, 4 * heartbeatMs),
    })
    this.#cancel = startWatchdog({ clock, log, limitMs, ailment, beat: () => notify('WATCHDOG=1', this.#status()) })
  }

  /** Runs a reading of the configuration, and tells of its begin and its end. */
  async reloading(read: () => Promise<void>): Promise<void> {
    const { notify } = this.#options
    void notify?.('RELOADING=1', monotonicAssignment())
    await read()
    void notify?.('READY=1', this.#status())
  }

  /** `forGood`: the process ends, and no other life of the node follows. */
  leaving(forGood: boolean): void {
    this.#cancel()
    if (forGood) void this.#options.notify?.('STOPPING=1', 'STATUS=leaving the cluster')
  }

  #status(): string {
    const { node } = this.#options
    const alive = node.members().filter(({ status }) => status === 'alive').length
    const keys = node.channels().reduce((sum, channel) => sum + channel.keys, 0)
    const others = alive === 0 ? 'alone' : `with ${countText(alive, 'other member')}`
    return `STATUS=${node.entity} in cluster ${node.cluster.replaceAll(/\p{Cc}/gu, ' ')}, ${others}; ${keys} devices and mailboxes`
  }
}
