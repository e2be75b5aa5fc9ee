import { randomBytes } from 'node:crypto'
import { spawn, type ChildProcess } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { loadavg } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import type { DeviceState } from '../../src/state/device-state.ts'
import { describeLive, lastTime, patienceMs, type LiveCluster } from '../support/live-cluster.ts'
import { pass, round, tell } from '../support/measure.ts'
import type { Host } from '../support/namespaces.ts'
import type { NodeProcess } from '../support/processes.ts'

const isLong = process.env['LAMPFIELD_LONG'] !== undefined
const attackMs = isLong ? 60_000 : 10_000
const quietMs = isLong ? 20_000 : 3000
const port = 4001
const name = 'show'
const [keyText, otherKeyText] = [randomBytes(32).toString('hex'), randomBytes(32).toString('hex')]

/** States that follow one another on every key; no two neighbours are equal. */
const states: readonly DeviceState[] = ['INUSE', 'BUSY', 'RINGING', 'NOT_INUSE', 'ONHOLD']

/** Changes on some nodes without end, each waited for until all of them show it; every state that a key was ever given is kept. */
class Load {
  readonly given = new Map<string, DeviceState[]>()
  readonly #nodes: readonly NodeProcess[]

  constructor(nodes: readonly NodeProcess[]) {
    this.#nodes = nodes
  }

  /** Resolves with how long each change took to the last node, in milliseconds, from the command on. */
  async run(durationMs: number): Promise<number[]> {
    const endMs = performance.now() + durationMs
    const keys = this.#nodes.flatMap((node) => [1, 2].map((at) => [node, `PJSIP/${node.name}-${at}`] as const))
    const times = await Promise.all(keys.map(([node, key]) => this.#runKey(node, key, endMs)))
    return times.flat()
  }

  async #runKey(node: NodeProcess, key: string, endMs: number): Promise<number[]> {
    const given = this.given.get(key) ?? []
    this.given.set(key, given)
    const times: number[] = []
    while (performance.now() < endMs) {
      const state = states[given.length % states.length] as DeviceState
      given.push(state)
      const startMs = performance.now()
      await node.client.setDeviceState(key, state)
      const shown = lastTime(this.#nodes, `${key} is ${state}`, patienceMs, (outlook) => outlook.device(key) === state)
      times.push((await shown) - startMs)
      await pass(5)
    }
    return times
  }

  /** Every node has shown exactly what was given, in that order: no lamp was wrong for a moment, and no change was lost. */
  expectNoWrongLamp(): void {
    for (const { outlook } of this.#nodes) {
      const shown = new Map<string, unknown[]>()
      for (const { event } of outlook.heard) {
        if (event.type !== 'change') continue
        const values = shown.get(event.key) ?? []
        shown.set(event.key, values)
        values.push(event.after)
      }
      expect(shown, `what ${outlook.name} has shown`).toEqual(this.given)
    }
  }
}

/** What the insider tells of itself. */
interface Identity {
  /** `cut-off`: for seconds nobody was linked with it, though it dialled them all. */
  readonly event: 'linked' | 'cut-off'
  readonly peer: string
}

const told = ({ out }: { readonly out: string }): Identity[] =>
  out.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line) as Identity]))

const percentile = (times: readonly number[], share: number): number =>
  times.toSorted((a, b) => a - b)[Math.floor(times.length * share)] ?? 0

/** The peers that a node has cut off, as often as it said so. */
const cutOffBy = ({ outlook }: NodeProcess): string[] =>
  outlook.heard.flatMap(({ event }) => {
    const peer =
      event.type === 'alarm' && event.kind === 'misconduct' ? /^peer (\S+) /.exec(event.sentence)?.[1] : undefined
    return peer === undefined ? [] : [peer]
  })

const addressOf = (host: Host): string => `/ip4/${host.address}/tcp/${port}`

function keyFile(cluster: LiveCluster, text: string): string {
  const path = join(cluster.processes.directory, `${text.slice(0, 8)}.key`)
  writeFileSync(path, `/key/swarm/psk/1.0.0/\n/base16/\n${text}\n`, { mode: 0o600 })
  return path
}

/**
 * A script of test/hostile on a host of the network. The attackers would have machines of their own; here they get what the others leave of two
 * cores, so that what is measured is what they cost the honest nodes rather than what they compute themselves. With less they would starve, and attack nobody.
 */
function attacker(host: Host, script: string, args: readonly string[]): { readonly child: ChildProcess; out: string } {
  const path = join(import.meta.dirname, '..', 'hostile', script)
  const nice = ['-n', '5', process.execPath, '--import', 'tsx', path, ...args]
  const [command, all] = host.commandLine('nice', nice)
  const child = spawn(command, all, { stdio: ['ignore', 'pipe', 'inherit'] })
  const started = { child, out: '' }
  child.stdout.on('data', (text: Buffer) => (started.out += text.toString()))
  return started
}

describeLive('two clusters on one LAN, a stranger, and a member with a modified node', 8, (cluster) => {
  const attackers: ChildProcess[] = []
  afterAll(() => {
    for (const child of attackers) child.kill('SIGKILL')
  })

  test(
    'at once, under load: no lamp is wrong, nothing is lost, the member is named and cut off',
    async () => {
      const { lan } = cluster()
      const hosts = [1, 2, 3].map((number) => lan.host(number))
      const targets = hosts.flatMap((host) => ['--peer', addressOf(host)])
      const flags = (text: string): string[] => {
        return ['--cluster', name, '--key-file', keyFile(cluster(), text), '--listen', `0.0.0.0:${port}`]
      }
      const ours = hosts.map((host) => cluster().add(host, flags(keyText)))
      // The other cluster is told to dial this one, too: it has the wrong key.
      const theirs = [4, 5].map((number) => cluster().add(lan.host(number), [...flags(otherKeyText), ...targets]))
      const keyless = cluster().add(lan.host(6), ['--cluster', name, ...targets])
      await Promise.all([...ours, ...theirs].map((node) => node.start()))
      for (const nodes of [ours, theirs]) {
        await lastTime(nodes, 'the cluster is whole', 2 * patienceMs, ({ members }, self) =>
          nodes.every((node) => node === self || members.get(node.entity) === 'alive'),
        )
      }
      const [load, otherLoad] = [new Load(ours), new Load(theirs)]
      const [quiet] = await Promise.all([load.run(quietMs), otherLoad.run(quietMs)])

      await keyless.start()
      const targetHosts = hosts.map((host) => `${host.address}:${port}`)
      attackers.push(attacker(lan.host(7), 'stranger.ts', targetHosts).child)
      const given = { cluster: name, clusterKey: keyText, peers: hosts.map(addressOf) }
      const options = JSON.stringify({ ...given, listen: `/ip4/${lan.host(8).address}/tcp/0` })
      const insider = attacker(lan.host(8), 'mischief.ts', [options])
      attackers.push(insider.child)
      await expect.poll(() => insider.out, { timeout: 2 * patienceMs, interval: 20 }).toContain('linked')
      const [attacked] = await Promise.all([load.run(attackMs), otherLoad.run(attackMs)])
      // On a busy machine the attack itself may need longer to come so far.
      const first = told(insider)[0]?.peer
      const isOver = (): boolean => told(insider).some(({ event, peer }) => event === 'cut-off' && peer === first)
      await expect.poll(isOver, { timeout: 2 * patienceMs, interval: 20 }).toBe(true)

      load.expectNoWrongLamp()
      otherLoad.expectNoWrongLamp()
      // The first identity came while nobody had anything against its address, and went on until no node would have it: each has cut it off, once, by
      // name. A later one may find the door of a node shut, which counts its host's misconduct, before it has done anything there; so it is named by
      // one node at least. Nobody else is named by anybody.
      const identities = told(insider)
      const known = new Set(identities.map(({ peer }) => peer))
      const ended = identities.filter(({ event }) => event === 'cut-off').map(({ peer }) => peer)
      const named = new Set<string>()
      for (const node of ours) {
        const peers = cutOffBy(node)
        expect(peers.filter((peer) => !known.has(peer))).toEqual([])
        expect(peers.filter((peer) => peer === first)).toHaveLength(1)
        for (const peer of peers) named.add(peer)
        const stats = await node.client.stats()
        expect(stats['peers_cut_off']).toBeGreaterThan(0)
        expect(stats['refused_foreign_key']).toBeGreaterThan(0)
        expect(stats['refused_no_key']).toBeGreaterThan(0)
        expect((await node.client.members()).map(({ name: shown }) => shown)).not.toContain(keyless.name)
      }
      for (const peer of ended) expect(named).toContain(peer)
      for (const node of theirs) expect((await node.client.stats())['peers_cut_off']).toBe(0)
      expect((await keyless.client.members()).filter(({ status }) => status !== 'self')).toEqual([])
      const [before, under] = [percentile(quiet, 0.99), percentile(attacked, 0.99)]
      tell(
        `${quiet.length} changes while quiet: p50 ${round(percentile(quiet, 0.5))}, p99 ${round(before)}; ${attacked.length} changes under attack: ` +
          `p50 ${round(percentile(attacked, 0.5))}, p99 ${round(under)}, ${(under / before).toFixed(2)} x (goal: 3 x); ` +
          `${ended.length} identities of the member cut off; load ${loadavg()[0]?.toFixed(1)}`,
      )
    },
    attackMs + quietMs + 12 * patienceMs,
  )
})
