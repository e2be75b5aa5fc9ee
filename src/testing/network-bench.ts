import type { NetworkLimits } from '../network/network-limits.ts'
import type { Network } from '../network/network.ts'
import { present } from './contract-case.ts'
import { bytes, NetworkRecorder } from './network-recorder.ts'

/** What the networks of a case are made with. */
export interface NetworkSetupOptions {
  readonly limits: NetworkLimits
  /** The one address to listen on. Default any free one of the loopback interface. */
  readonly listen?: string
  /** All with one key: a process and copies of it. */
  readonly oneKey?: boolean
}

/** What the network's contract needs of whoever runs it. */
export interface NetworkSetup {
  /** Networks that do not find each other by themselves and allow the topics `a` and `b`; not started. */
  make(count: number, options: NetworkSetupOptions): readonly Network[]
  /** Lets time pass until the condition holds; rejects after a deadline. */
  until(condition: () => boolean): Promise<void>
  /** Lets so much time pass that what was under way would have arrived. */
  settle(): Promise<void>
}

/** One sentence of the network's contract. */
export type NetworkCase = (bench: NetworkBench) => Promise<void>

const limits = { messageMaxBytes: 100_000, frameMaxBytes: 100_000, answerMaxBytes: 2_000_000, streamsPerPeerMax: 4 }

/** The networks of one case, and what each of them told. */
export class NetworkBench {
  networks: readonly Network[] = []
  told: NetworkRecorder[] = []
  readonly #setup: NetworkSetup

  constructor(setup: NetworkSetup) {
    this.#setup = setup
  }

  make(count: number, options: Omit<NetworkSetupOptions, 'limits'> = {}): readonly Network[] {
    return this.#setup.make(count, { limits, ...options })
  }

  /** Starts `count` networks that know each other. */
  async connect(count: number): Promise<void> {
    this.networks = this.make(count)
    this.told = this.networks.map(() => new NetworkRecorder())
    for (const [at, network] of this.networks.entries()) await network.start(this.recorder(at))
    for (const network of this.networks) {
      for (const other of this.networks) if (other !== network) network.remember(other.self, other.addresses())
    }
    await this.until(() => this.told.every((recorder) => recorder.peers.size === count - 1))
  }

  network(at: number): Network {
    return present(this.networks[at])
  }

  recorder(at: number): NetworkRecorder {
    return present(this.told[at])
  }

  /** Subscribes all to a topic and waits until gossip passes from each to all others. */
  async subscribeAll(topic: string): Promise<void> {
    for (const each of this.networks) each.subscribe(topic)
    let round = 0
    for (const [at, each] of this.networks.entries()) {
      const others = this.told.filter((_, other) => other !== at)
      await this.until(() => {
        round += 1
        if (round % 20 === 1) void each.publish(topic, bytes(`warm-up ${at} ${round}`))
        return others.every((other) => other.messages.some(({ text }) => text.startsWith(`warm-up ${at} `)))
      })
    }
    await this.settle()
    for (const { messages } of this.told) messages.length = 0
  }

  until(condition: () => boolean): Promise<void> {
    return this.#setup.until(condition)
  }

  settle(): Promise<void> {
    return this.#setup.settle()
  }

  async stop(): Promise<void> {
    for (const each of this.networks) await each.stop()
  }
}
