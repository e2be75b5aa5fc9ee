import type { BridgeOptions } from '../../src/asterisk/bridge-options.ts'
import { Bridge } from '../../src/asterisk/bridge.ts'
import { MemoryJournal } from '../../src/asterisk/journal.ts'
import type { BridgeSettings } from '../../src/asterisk/settings.ts'
import type { Node } from '../../src/node/node.ts'
import type { NodeOptions } from '../../src/node/options.ts'
import { namesMatcher } from '../../src/state/device-name.ts'
import type { DeviceState } from '../../src/state/device-state.ts'
import { keptLog, type KeptLog } from '../cli/kept-log.ts'
import { entityIdOf } from '../../src/testing/virtual-cluster.ts'
import { Cluster, type Server } from '../support/cluster.ts'
import { seed } from '../support/seed.ts'
import { AsteriskDouble, type DoubleOptions } from './double.ts'

export const usualSettings: BridgeSettings = {
  mode: 'bridge',
  sipListen: { host: '127.0.0.1', port: 5070 },
  asterisk: { host: '127.0.0.1', port: 5060 },
  transport: 'udp',
  name: 'lampfield',
  credentials: undefined,
  devicesIn: undefined,
  devicesOut: undefined,
  mailboxesIn: undefined,
  mailboxesOut: undefined,
  departedMailboxes: 'keep',
}

export interface SiteOptions {
  readonly settings?: Partial<BridgeSettings>
  readonly double?: DoubleOptions
  readonly eid?: string
  readonly adopt?: BridgeOptions['adopt']
  readonly node?: NodeOptions
}

/** One server: an Asterisk, a node, the bridge between them. The journal outlives the node. */
export class Site {
  readonly pbx: AsteriskDouble
  readonly log: KeptLog = keptLog()
  readonly journal: MemoryJournal = new MemoryJournal()
  readonly server: Server
  bridge: Bridge | undefined
  readonly #sites: Sites
  readonly #options: SiteOptions

  constructor(sites: Sites, server: Server, number: number, options: SiteOptions) {
    this.#sites = sites
    this.server = server
    this.#options = options
    this.pbx = new AsteriskDouble(sites.cluster.clock, options.eid ?? entityIdOf(number), options.double)
  }

  get node(): Node {
    return this.server.node
  }

  get entity(): string {
    return this.pbx.eid
  }

  /** Starts the node, with the bridge beside it. */
  async startNode(): Promise<void> {
    const { cluster } = this.#sites
    await cluster.letRun(
      this.server.boot((node) => {
        this.bridge = new Bridge({
          node,
          settings: { ...usualSettings, ...this.#options.settings },
          wire: this.pbx.wire,
          journal: this.journal,
          isLatest: namesMatcher(this.#options.node?.latestDevices ?? []),
          clock: cluster.hub.clockOf(this.server.name),
          random: cluster.random,
          log: this.log,
          adopt: this.#options.adopt,
        })
      }),
    )
    await this.bridge?.start()
  }

  /** Kill -9 of the node: the bridge does nothing any more. */
  async killNode(): Promise<void> {
    this.server.kill()
    await this.pbx.wire.stop()
  }

  async stopNode(): Promise<void> {
    const { cluster } = this.#sites
    await cluster.letRun(this.bridge?.stop() ?? Promise.resolve())
    await this.server.stop()
  }
}

/** Servers with Asterisk and node each, in one process and in virtual time. */
export class Sites {
  readonly cluster: Cluster = new Cluster({ seed })
  readonly sites: Site[] = []

  /** Adds servers; both the Asterisk and the node run. */
  async add(count: number, options: SiteOptions = {}): Promise<Site[]> {
    const added: Site[] = []
    for (let index = 0; index < count; index += 1) {
      const site = await this.prepare(options)
      added.push(site)
      site.pbx.boot()
      await site.startNode()
    }
    await this.cluster.settle()
    // An Asterisk that was up before its node says its first word again after half a second.
    await this.pass(1500)
    return added
  }

  /** Adds a server on which nothing runs yet. */
  async prepare(options: SiteOptions = {}): Promise<Site> {
    const number = this.cluster.servers.length + 1
    const [server] = await this.cluster.add(1, options.node)
    await server!.stop()
    const site = new Site(this, server!, number, options)
    this.sites.push(site)
    return site
  }

  pass(ms: number): Promise<void> {
    return this.cluster.pass(ms)
  }

  until(condition: () => boolean, limitMs = 10_000): Promise<number | undefined> {
    return this.cluster.until(condition, limitMs)
  }

  /** Whether every running Asterisk shows a device so. */
  show(device: string, state: DeviceState): boolean {
    return this.sites.every(({ pbx }) => !pbx.isRunning || pbx.aggregate(device) === state)
  }
}
