import type { MemoryHub } from '../../src/network/memory-hub.ts'
import { shapeDefaults, type PathShape } from '../../src/network/memory-hub-options.ts'
import type { Ledger, Trouble } from './ledger.ts'
import type { Weather } from './plan.ts'

interface Spell {
  readonly weather: Weather
  readonly server: number | undefined
}

/** Cuts, partitions and weather as they overlap: what one ends, another may still hold. Every function that begins something returns its end. */
export class Elements {
  readonly #hub: MemoryHub
  readonly #ledger: Ledger
  readonly #hosts: readonly string[]
  readonly #cuts = new Map<string, number>()
  readonly #weathers: Spell[] = []
  readonly #everShaped = new Set<number>()
  #partition: object | undefined
  #endPartition: () => void = () => {}

  /** `hosts`: the servers' names, by place. */
  constructor(hub: MemoryHub, ledger: Ledger, hosts: readonly string[]) {
    this.#hub = hub
    this.#ledger = ledger
    this.#hosts = hosts
  }

  cut(a: number, b: number, oneWay: boolean): () => void {
    const pair = `${Math.min(a, b)} ${Math.max(a, b)}`
    this.#cuts.set(pair, (this.#cuts.get(pair) ?? 0) + 1)
    this.#hub.cut(this.#host(a), this.#host(b), { oneWay })
    const isPair: Trouble['hits'] = (x, y) => (x === a && y === b) || (x === b && y === a)
    const end = this.#ledger.trouble('blocked', isPair)
    return once(() => {
      const rest = (this.#cuts.get(pair) ?? 1) - 1
      this.#cuts.set(pair, rest)
      // A pair stays cut until its last cut ends; then this one's trouble lasts as long, too.
      if (rest === 0) this.#hub.mend(this.#host(a), this.#host(b))
      end()
    })
  }

  /** Replaces the partition before it. */
  partition(islands: readonly number[]): () => void {
    const groups = new Map<number, string[]>()
    for (const [server, island] of islands.entries()) {
      groups.set(island, [...(groups.get(island) ?? []), this.#host(server)])
    }
    this.#hub.partition(...groups.values())
    const islandOf = (server: number): number => islands[server] ?? -1
    const token = {}
    this.#endPartition()
    this.#partition = token
    this.#endPartition = this.#ledger.trouble('blocked', (a, b) => islandOf(a) !== islandOf(b), islandOf)
    return () => {
      if (this.#partition !== token) return
      this.#partition = undefined
      this.#endPartition()
      this.#hub.partition()
    }
  }

  weather(weather: Weather, server: number | undefined): () => void {
    const spell = { weather, server }
    this.#weathers.push(spell)
    this.#shape()
    const kind = (weather.gossipLoss ?? 0) > 0 ? 'loss' : 'slow'
    const end = this.#ledger.trouble(kind, (a, b) => server === undefined || server === a || server === b)
    return once(() => {
      this.#weathers.splice(this.#weathers.indexOf(spell), 1)
      this.#shape()
      end()
    })
  }

  #shape(): void {
    const everywhere = Object.assign(
      {},
      shapeDefaults,
      ...this.#weathers.filter(isEverywhere).map(({ weather }) => weather),
    )
    this.#hub.shape(everywhere)
    // A path that was shaped by itself once no longer follows the rest.
    for (const at of this.#shaped()) {
      for (const [other] of this.#hosts.entries()) {
        if (other === at) continue
        const own = this.#weathers.filter(({ server }) => server === undefined || server === at || server === other)
        const shape: PathShape = Object.assign({}, shapeDefaults, ...own.map(({ weather }) => weather))
        this.#hub.shape(shape, this.#host(at), this.#host(other))
      }
    }
  }

  #shaped(): Iterable<number> {
    for (const { server } of this.#weathers) if (server !== undefined) this.#everShaped.add(server)
    return this.#everShaped
  }

  #host(server: number): string {
    return this.#hosts[server] ?? `server${server + 1}`
  }
}

const isEverywhere = ({ server }: Spell): boolean => server === undefined

function once(act: () => void): () => void {
  let isDone = false
  return () => {
    if (isDone) return
    isDone = true
    act()
  }
}
