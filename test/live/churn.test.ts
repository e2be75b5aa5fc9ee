import { loadavg } from 'node:os'
import { expect, test } from 'vitest'
import { seededRandom } from '../../src/runtime/random.ts'
import { describeLive, lastTime, patienceMs, type LiveCluster } from '../support/live-cluster.ts'
import { pass, round, tell } from '../support/measure.ts'
import { seed } from '../support/seed.ts'
import type { NodeProcess } from '../support/processes.ts'

const isLong = process.env['LAMPFIELD_LONG'] !== undefined
const [nodeCount, cycles] = isLong ? [7, 50] : [5, 8]

/** A start takes half a second of a processor of its own, and half a minute where thirty programs share two. */
const cycleMaxMs = 60_000

/** What a survivor may have grown by at the end, in megabytes: garbage that is not collected yet, and no more. */
const growthMaxMb = 60

describeLive(
  `${nodeCount} nodes of which one or another is always starting, stopping or dying`,
  nodeCount,
  (cluster) => {
    test(
      `agree after ${cycles} cycles under constant writes, and the survivors have not grown`,
      async () => {
        const random = seededRandom(seed)
        await cluster().populate()
        const survivor = cluster().node(1)
        const memoryMb: number[] = [survivor.memoryMb()]
        const writing = write(cluster())
        for (let cycle = 0; cycle < cycles; cycle += 1) {
          const node = cluster().node(2 + random.below(nodeCount - 1))
          const blow = random.below(3)
          if (blow === 0) await node.stop()
          else await node.kill()
          if (blow === 2) node.emptyDirectory()
          await pass(random.below(2000))
          await node.start()
          if (blow === 2) await cluster().trustAnew(node)
          memoryMb.push(survivor.memoryMb())
          if ((cycle + 1) % 10 === 0) tell(`seed ${seed}: ${cycle + 1} cycles, load ${loadavg()[0]?.toFixed(1)}`)
        }
        const written = await writing.stop()
        const endMs = performance.now()
        const agreedMs = await lastTime(cluster().running, 'the last writes are everywhere', patienceMs, (outlook) =>
          written.every(([device, state]) => outlook.device(device) === state),
        )
        await cluster().settled()
        tell(
          `seed ${seed}: ${cycles} cycles, agreement ${round(agreedMs - endMs)} after the last write; memory of the survivor ` +
            `${memoryMb.map((mb) => mb.toFixed(0)).join(' ')} MB`,
        )
        // That a server came back with another key, after the loss of its directory, rightly is an alarm for a while.
        for (const node of cluster().running) {
          const verdicts = (await node.client.check()).members.map(({ verdict }) => verdict)
          expect(verdicts).toEqual(Array.from({ length: nodeCount - 1 }, () => 'agrees'))
        }
        const settledMb = Math.min(...memoryMb.slice(1, 4))
        expect(Math.min(...memoryMb.slice(-3)) - settledMb).toBeLessThan(growthMaxMb)
      },
      cycles * cycleMaxMs + 4 * patienceMs,
    )
  },
)

/** Every running node flips devices of its own all the time; `stop` gives what each said last, while it ran to the end. */
function write(cluster: LiveCluster): { stop(): Promise<(readonly [device: string, state: string])[]> } {
  const writing = { isOn: true }
  const last = new Map<string, string>()
  const work = cluster.nodes.map(async (node) => {
    for (let turn = 0; writing.isOn; turn += 1) {
      const device = `PJSIP/${node.name}-${turn % 20}`
      const state = turn % 3 === 0 ? 'RINGING' : 'INUSE'
      await say(node, device, state).then(
        () => last.set(device, state),
        // It is being killed, or not back yet.
        () => last.delete(device),
      )
      await pass(50)
    }
  })
  return {
    async stop() {
      writing.isOn = false
      await Promise.all(work)
      // What was said before the last death is gone with it: everybody says everything once more.
      await Promise.all(
        cluster.nodes.flatMap((node) =>
          Array.from({ length: 20 }, async (_, at) => {
            const device = `PJSIP/${node.name}-${at}`
            await say(node, device, 'BUSY')
            last.set(device, 'BUSY')
          }),
        ),
      )
      return [...last]
    },
  }
}

const say = (node: NodeProcess, device: string, state: 'RINGING' | 'INUSE' | 'BUSY'): Promise<void> =>
  node.client.setDeviceState(device, state)
