import { keeperDefaults } from '../../src/network/keeper-settings.ts'
import { createMemoryNetwork } from '../../src/network/memory-network.ts'
import type { Node } from '../../src/node/node.ts'
import type { Log } from '../../src/runtime/log.ts'
import { peerIdOf } from '../../src/state/peer-id.ts'
import { entityIdOf } from '../../src/testing/virtual-cluster.ts'
import { Cluster, Server } from '../support/cluster.ts'
import { Actor, type End } from './actor.ts'
import { Bounds } from './bounds.ts'
import { Elements } from './elements.ts'
import { keySpace, latestDevices, serialChannel, textOf, valueOf, type Key } from './keys.ts'
import { Ledger } from './ledger.ts'
import type { DiskFate, Plan } from './plan.ts'
import { openSlowly } from './slow-disk.ts'
import { Violation } from './violation.ts'
import { Watch, type Judge } from './watch.ts'

/** How often promises are looked after at one time before they count as hanging. */
const turnsMax = 200

type ServerOptions = ConstructorParameters<typeof Server>[2]

/** A word of a node, to be looked for on the others. */
export interface Word {
  readonly actor: Actor
  readonly key: Key
  readonly atMs: number
}

/** A network that was calm for so long has no broken wire left that is still to be found out about. */
export const calmMs = 15_000

/** A node that leaves waits for its disk, and half a second for those that do not say that they have its farewell. */
const stopMaxMs = 600

/** A machine with somebody else's entity ID. */
export interface Clone {
  readonly node: Node
  readonly end: () => void
}

/** Everything a plan acts on, and the acts themselves. */
export class Stage implements Judge {
  readonly cluster: Cluster
  readonly actors: readonly Actor[]
  readonly ledger: Ledger
  readonly elements: Elements
  readonly bounds: Bounds
  /** The latest words of nodes, the oldest first. */
  readonly words: Word[] = []
  violation: Violation | undefined
  readonly #plan: Plan
  readonly #byEntity: ReadonlyMap<string, Actor>
  readonly #pauses = new Map<Actor, () => void>()
  readonly #downs = new Map<Actor, () => void>()
  #clones = 0

  constructor(plan: Plan) {
    this.#plan = plan
    this.cluster = new Cluster({ seed: plan.seed })
    this.actors = plan.starts.map(({ rate }, place) => this.#makeActor(place, rate))
    this.#byEntity = new Map(this.actors.map((actor) => [actor.entity, actor]))
    const now = (): number => this.now
    this.ledger = new Ledger(now)
    const names = this.actors.map(({ server }) => server.name)
    this.elements = new Elements(this.cluster.hub, this.ledger, names)
    const slowest = Math.min(1, ...plan.starts.map(({ rate }) => rate))
    const fullMesh = plan.fullMeshMax ?? keeperDefaults.fullMeshMax
    this.bounds = new Bounds(this.ledger, now, this.actors, { nodes: this.actors.length, fullMesh, slowest })
  }

  get now(): number {
    return this.cluster.clock.now()
  }

  actorOf(entity: string): Actor | undefined {
    return this.#byEntity.get(entity)
  }

  declaredDown(observer: Actor, member: Actor): void {
    if (this.bounds.isDeathExcused(observer, member)) return
    this.violate(9, `${observer.server.name} takes ${member.server.name} for down, which nobody harmed`)
  }

  violate(invariant: number, sentence: string): void {
    this.violation ??= new Violation(invariant, this.now, sentence)
  }

  /** Starts a server with what its disk holds. */
  async boot(actor: Actor): Promise<void> {
    actor.state = 'starting'
    actor.turn += 1
    let failure: unknown
    actor.server
      .boot((node) => {
        actor.watch = new Watch(actor, node, this)
      })
      .then(
        () => {
          actor.state = 'running'
        },
        (error: unknown) => {
          failure = error
        },
      )
    const isUp = (): boolean => actor.state === 'running'
    await this.#settle(() => isUp() || failure !== undefined)
    if (!isUp()) {
      const why = failure instanceof Error ? failure.message : 'it hangs'
      return this.violate(10, `${actor.server.name} does not start: ${why}`)
    }
    actor.startedMs = this.now
    this.#endSpell(actor)
    const strange = actor.said.begin(keySpace, (key) => this.#ownWord(actor, key))
    actor.noteLife()
    actor.keepImage()
    for (const { path } of strange) {
      const now = actor.said.standing.get(path)?.text
      this.violate(8, `${actor.server.name} starts with ${path} as ${now}, which its disk cannot have said`)
    }
  }

  crash(actor: Actor, power: boolean): void {
    actor.noteLife()
    actor.server.kill({ resetAfterMs: power ? Infinity : 1 })
    this.#ended(actor, power ? 'power' : 'killed')
  }

  async leave(actor: Actor): Promise<void> {
    const { node } = actor.server
    const left = node.stop()
    left.catch((error: unknown) => this.violate(10, `${actor.server.name} does not stop: ${String(error)}`))
    this.#ended(actor, 'left')
    // What it was still writing to its slow disk is waited for.
    for (let ms = 0; ms < stopMaxMs && node.status !== 'stopped'; ms += 1) await this.cluster.pass(1)
    if (node.status !== 'stopped') this.violate(10, `${actor.server.name} hangs when it leaves`)
  }

  /** What the next start finds on disk. */
  changeDisk(actor: Actor, fate: DiskFate): void {
    if (fate === 'none') actor.loseDisk()
    else if (fate !== 'same') actor.takeOldDisk(fate.old)
  }

  pause(actor: Actor): void {
    actor.isPaused = true
    actor.pausedMs = this.now
    this.#pauses.set(actor, this.ledger.spell(actor.place, 'paused'))
    this.cluster.hub.pause(actor.server.name)
  }

  resume(actor: Actor): void {
    if (!actor.isPaused) return
    actor.isPaused = false
    this.#pauses.get(actor)?.()
    this.cluster.hub.resume(actor.server.name)
  }

  set(actor: Actor, key: Key, number: number): void {
    const value = valueOf(key, number)
    const { node, name } = actor.server
    const before = node.explain(key.channel, key.key).entries
    const promise = caught(() => node.set(key.channel, key.key, value as never))
    const own = this.#ownWord(actor, key)
    if (own === undefined || own.text !== textOf(value)) {
      return this.violate(8, `${name} sets ${key.path} to ${textOf(value)} and then says ${own?.text}`)
    }
    const write = actor.said.say(key, value, own.text, own.sinceMs)
    this.#acknowledge(actor, key, write, promise)
    const latest = Math.max(0, ...before.map(({ sinceMs }) => sinceMs))
    if (own.sinceMs < latest) this.violate(3, `${name} writes ${key.path} with a stamp before one it has seen`)
    if (key.rule === 'latest' && textOf(node.get(key.channel, key.key)) !== own.text) {
      this.violate(3, `${name} saw the others' words on ${key.path}, then spoke, and does not have the last word`)
    }
    this.#spoke(actor, key)
  }

  unset(actor: Actor, key: Key): void {
    if (!actor.said.standing.has(key.path)) return
    const number = actor.said.say(key, undefined, undefined, 0)
    const promise = caught(() => actor.server.node.unset(key.channel, key.key))
    this.#acknowledge(actor, key, number, promise)
    if (this.#ownWord(actor, key) !== undefined) {
      this.violate(8, `${actor.server.name} took ${key.path} back and still says it`)
    }
    this.#spoke(actor, key)
  }

  /** Another machine runs with the actor's entity ID. */
  async clone(actor: Actor, copied: boolean): Promise<Clone> {
    this.#clones += 1
    const name = `clone${this.#clones}-of-${actor.server.name}`
    const clone = new Server(this.cluster, name, this.#options(actor.entity))
    if (copied) clone.disk.restore(actor.server.disk.snapshot())
    actor.isContested = true
    actor.clones += 1
    actor.wasContested = true
    const end = this.ledger.spell(actor.place, 'contested')
    let isUp = false
    clone
      .boot(() => {})
      .then(
        () => (isUp = true),
        (error: unknown) => this.violate(10, `${name} does not start: ${String(error)}`),
      )
    await this.#settle(() => isUp)
    if (isUp) {
      for (const key of keySpace.slice(0, 3)) void clone.node.set(key.channel, key.key, valueOf(key, 1))
    }
    return {
      node: clone.node,
      end: () => {
        clone.kill()
        actor.clones -= 1
        end()
      },
    }
  }

  /** The own entry of a key, as the node explains it. */
  #ownWord(actor: Actor, key: Key): { text: string | undefined; value: unknown; sinceMs: number } | undefined {
    const { entries } = actor.server.node.explain(key.channel, key.key)
    const own = entries.find(({ entity }) => entity === actor.entity)
    return own === undefined ? undefined : { text: textOf(own.value), value: own.value, sinceMs: own.sinceMs }
  }

  #acknowledge(actor: Actor, key: Key, number: number, promise: Promise<unknown>): void {
    const { turn } = actor
    promise.then(
      () => {
        if (actor.turn === turn && key.kept) actor.said.acknowledge(key, number)
      },
      (error: unknown) => {
        // A write whose process was killed meanwhile is never acknowledged.
        if (actor.turn === turn)
          this.violate(10, `${actor.server.name} refuses a write of ${key.path}: ${String(error)}`)
      },
    )
  }

  #spoke(actor: Actor, key: Key): void {
    this.words.push({ actor, key, atMs: this.now })
  }

  #ended(actor: Actor, end: End): void {
    if (actor.watch !== undefined) actor.watch.isOver = true
    actor.watch = undefined
    this.#pauses.get(actor)?.()
    actor.isPaused = false
    actor.state = 'dead'
    actor.end = end
    actor.endedMs = this.now
    actor.turn += 1
    this.#downs.set(actor, this.ledger.spell(actor.place, 'down'))
  }

  #endSpell(actor: Actor): void {
    this.#downs.get(actor)?.()
    this.#downs.delete(actor)
  }

  /** Lets promises be kept, without time going on. */
  async #settle(isDone: () => boolean): Promise<void> {
    for (let turn = 0; turn < turnsMax && !isDone(); turn += 1) {
      await new Promise((resolve) => {
        setImmediate(resolve)
      })
    }
  }

  #makeActor(place: number, rate: number): Actor {
    const [entity, name] = [entityIdOf(place + 1), `server${place + 1}`]
    const isRunning = (): boolean => actor.state === 'running'
    const store: ServerOptions['store'] = () => openSlowly(server.disk, this.cluster.hub.clockOf(name), isRunning)
    const server = new Server(this.cluster, name, { ...this.#options(entity), store, ...this.#given(name) }, rate)
    const actor: Actor = new Actor(place, entity, server)
    return actor
  }

  /**
   * Where multicast is not heard, two servers are given by address, as somebody who sets up such a cluster would. Where few are linked with all,
   * each has the least number of links besides.
   */
  #given(name: string): Pick<ServerOptions, 'network'> {
    const { multicastUntilMs, fullMeshMax } = this.#plan
    if (multicastUntilMs === undefined && fullMeshMax === undefined) return {}
    const { hub } = this.cluster
    const given = multicastUntilMs === undefined ? [] : ['server1', 'server2']
    const peers = given.map((other) => `${hub.host(other).ip}:4001`)
    const keeper = fullMeshMax === undefined ? {} : { fullMeshMax, chosenMax: 1 }
    const log = this.#log()
    return {
      network: ({ keys }) =>
        createMemoryNetwork(hub, { self: peerIdOf(keys.publicKey), host: name, peers, keeper, log }),
    }
  }

  #options(entityId: string): ServerOptions {
    return {
      entityId,
      channels: [{ channel: 'device_state' }, { channel: 'mwi' }, { channel: serialChannel }],
      latestDevices,
      timing: { forgetAfterMs: this.#plan.forgetAfterMs },
      log: this.#log(),
    }
  }

  /** Errors in handlers are caught and logged by the network: nothing else would show them. */
  #log(): Log {
    return {
      error: (message, fields) => {
        if (message.startsWith('handler')) this.violate(10, `${message}: ${JSON.stringify(fields)}`)
      },
      warn() {},
      info() {},
      debug() {},
    }
  }
}

/** A call that throws instead of rejecting is told like one that rejects. */
async function caught<Result>(call: () => Promise<Result>): Promise<Result> {
  return call()
}
