import { Discovery, type DiscoveryOptions } from './discovery.ts'

/** One discovery for each service tag: a cluster whose key is being changed has two. */
export class Discoveries {
  readonly #all: readonly Discovery[]

  constructor(options: Omit<DiscoveryOptions, 'serviceTag'>, serviceTags: readonly string[]) {
    this.#all = serviceTags.map((serviceTag) => new Discovery({ ...options, serviceTag }))
  }

  start(): void {
    for (const discovery of this.#all) discovery.start()
  }

  /** Resolves when all sockets are closed. */
  async stop(): Promise<void> {
    await Promise.all(this.#all.map((discovery) => discovery.stop()))
  }

  /** A peer is missing: ask soon, and often for a while. */
  hurry(): void {
    for (const discovery of this.#all) discovery.hurry()
  }

  /** Interfaces came or went. */
  reopen(): void {
    for (const discovery of this.#all) discovery.reopen()
  }
}
