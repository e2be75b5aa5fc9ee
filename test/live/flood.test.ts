import { spawn, type ChildProcess } from 'node:child_process'
import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { MemberView } from '../../src/node/views.ts'
import type { Flood, FlooderOptions } from '../hostile/flooder.ts'
import { clusterKey, HonestNodes } from '../hostile/honest-nodes.ts'
import { round, tell } from '../support/measure.ts'
import { until } from './network-support.ts'

const cluster = 'flood'

/**
 * More than anything that is bounded can grow by in three nodes, and far less than what the attacks would fill: the garbage of a busy minute is some 100 MB,
 * and one frame of four gigabytes is four gigabytes.
 */
const growthMaxMb = 400

let honest: HonestNodes
let attacker: { readonly child: ChildProcess; out: string }

beforeEach(async () => {
  honest = new HonestNodes(cluster)
  await honest.start()
})

afterEach(async () => {
  attacker.child.kill('SIGKILL')
  if (attacker.child.exitCode === null) await new Promise((resolve) => attacker.child.once('exit', resolve))
  await honest.stop()
})

function begin(attack: Flood): void {
  const options: FlooderOptions = {
    attack,
    cluster,
    clusterKey: Buffer.from(clusterKey).toString('hex'),
    peers: honest.addresses,
  }
  const script = join(import.meta.dirname, '..', 'hostile', 'flooder.ts')
  const args = ['--import', 'tsx', script, JSON.stringify(options)]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  const begun = { child, out: '' }
  child.stdout.on('data', (text: Buffer) => (begun.out += text.toString()))
  attacker = begun
}

const megabytes = (): number => process.memoryUsage().rss / 2 ** 20

test.each<[Flood, string]>([
  ['a giant envelope', 'refused_broken_frame'],
  ['giant frames', 'refused_broken_frame'],
  ['streams', 'refused_link_rate'],
  ['half questions', 'refused_unfinished_question'],
  ['heartbeats', 'refused_membership_rate'],
  ['empty envelopes', 'refused_link_rate'],
  ['unreadable envelopes', 'refused_link_rate'],
  ['pings', 'refused_link_rate'],
  ['pings on ever new connections', 'refused_link_rate'],
  ['lies of equal copies', 'refused_false_stand'],
  ['giant lies', 'refused_question_rate'],
  ['lies of newer copies', 'refused_false_stand'],
  ['a vector without end', 'refused_endless_answer'],
])(
  'a member that floods with %s is named and cut off, and meanwhile the others agree',
  async (attack, counter) => {
    // Copies that stand still while everything else moves.
    for (const node of honest.nodes) await node.set('mwi', `${node.name}@default`, { newMessages: 1, oldMessages: 0 })
    const beforeMb = megabytes()
    begin(attack)
    await until(() => attacker.out.includes('linked'), 60_000)
    const { peer } = JSON.parse(attacker.out.split('\n')[0] ?? '') as { readonly peer: string }
    const startMs = performance.now()
    const loop = monitorEventLoopDelay({ resolution: 5 })
    loop.enable()
    const over = new AbortController()
    const agreements = (async (): Promise<number> => {
      let count = 0
      for (; !over.signal.aborted; count += 1) await honest.expectAgreement()
      return count
    })()
    try {
      await honest.expectCutOff(peer, honest.nodes, 100_000)
    } finally {
      over.abort()
      loop.disable()
    }
    const cutOffMs = performance.now() - startMs
    const agreed = await agreements
    expect(agreed).toBeGreaterThan(0)
    for (const node of honest.nodes) expect(node.stats()[counter]).toBeGreaterThan(0)
    const isAlive = (member: MemberView): boolean => member.peer === peer && member.status === 'alive'
    await until(() => honest.nodes.every((node) => !node.members().some(isAlive)), 20_000)
    await honest.expectAgreement()
    const grownMb = megabytes() - beforeMb
    expect(grownMb).toBeLessThan(growthMaxMb)
    tell(
      `${attack}: cut off by all three after ${round(cutOffMs)}, ${agreed} agreements meanwhile, the loop held ${round(loop.max / 1e6)} at most, ` +
        `${grownMb.toFixed(0)} MB more`,
    )
  },
  180_000,
)
