import type { Cluster, Handle, Peer } from '../../../bench/versus/peer.ts'
import type { Adapter, Notice, Place, Start } from '../../../bench/versus/worker/adapter.ts'
import { Participant } from '../../../bench/versus/worker/participant.ts'

/** What can be wrong with a product. */
export interface Faults {
  /** Changes of these keys reach nobody. */
  readonly loses?: (key: string) => boolean
  /** With such a key another one is told that nobody wrote. */
  readonly inventsWith?: RegExp
  /** Nobody is told who is there. */
  readonly isBlind?: boolean
  /** What is said across a cut is lost, and not said later. */
  readonly forgetsInCut?: boolean
}

/** A product in this process: participants that tell each other at once, and a network that can be cut. */
export class MemoryProduct {
  readonly #faults: Faults
  readonly #members = new Map<string, { readonly place: Place; readonly notice: Notice }>()
  readonly #waiting: (() => void)[] = []
  #cutOff: string | undefined

  constructor(faults: Faults = {}) {
    this.#faults = faults
  }

  readonly start: Start = (place: Place, notice: Notice): Promise<Adapter> => {
    for (const [name, other] of this.#members) {
      if (this.#faults.isBlind === true) break
      notice.came(name)
      other.notice.came(place.name)
    }
    this.#members.set(place.name, { place, notice })
    return Promise.resolve({
      set: (key, value) => this.#tellOthers(place.name, key, value),
      stop: () => Promise.resolve(this.leave(place.name)),
    })
  }

  leave(name: string): void {
    this.#members.delete(name)
    if (this.#faults.isBlind !== true) for (const { notice } of this.#members.values()) notice.gone(name)
  }

  cut(name: string): void {
    this.#cutOff = name
    if (this.#faults.isBlind === true) return
    for (const [other, { notice }] of this.#members) if (other !== name) notice.gone(name)
  }

  mend(): void {
    const name = this.#cutOff
    this.#cutOff = undefined
    for (const [other, { notice }] of this.#members) if (name !== undefined && other !== name) notice.came(name)
    for (const say of this.#waiting.splice(0)) say()
  }

  #tellOthers(from: string, key: string, value: string): void {
    if (this.#faults.loses?.(key) === true) return
    for (const [name, { notice }] of this.#members) {
      if (name === from) continue
      const say = (): void => {
        notice.changed(key, value)
        if (this.#faults.inventsWith?.test(key) === true) notice.changed('of nobody', value)
      }
      if (this.#cutOff !== name && this.#cutOff !== from) setImmediate(say)
      else if (this.#faults.forgetsInCut !== true) this.#waiting.push(say)
    }
  }
}

/** Such a product as something to be compared; `opened` is told each time it begins. */
export function memoryPeer(name: string, faults: Faults = {}, opened: (name: string) => void = () => {}): Peer {
  return {
    name,
    about: 'in this process',
    broker: undefined,
    storm: 30,
    presence: 'it is told',
    prepare: () => Promise.resolve('1.0'),
    open: () => {
      opened(name)
      return openedCluster(new MemoryProduct(faults))
    },
  }
}

async function openedCluster(product: MemoryProduct): Promise<Cluster> {
  const participants: Handle[] = []
  for (const number of [1, 2, 3]) {
    const participant = inProcess(new Participant({ memory: () => Promise.resolve(product.start) }))
    const name = `p${number}`
    const place = { name, number, address: '', everybody: [], directory: '', settings: {} }
    await participant.ask('start', { adapter: 'memory', place })
    participants.push(participant)
  }
  let sent = 0
  return {
    participants,
    kill: (number) => product.leave(`p${number}`),
    cut: (number) => product.cut(`p${number}`),
    mend: () => product.mend(),
    // As if each question took a hundred bytes.
    bytes: () => (sent += 100),
    memory: () => ({ participants: 3e6, daemons: 1e6 }),
    close: () => Promise.all(participants.map((one) => one.ask('stop', undefined))).then(() => {}),
  }
}

/** A participant that is asked without a process between. */
export function inProcess(participant: Participant): Handle {
  return {
    async ask(name, argument) {
      const handler = participant.handlers[name] as (argument: unknown) => unknown
      return (await handler(argument)) as never
    },
  }
}
