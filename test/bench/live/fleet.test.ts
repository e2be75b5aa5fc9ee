import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { cutApart, mend } from '../../../bench/fleet/cut.ts'
import { Fleet } from '../../../bench/fleet/fleet.ts'
import { VerificationError } from '../../../bench/verification.ts'
import { lanTrouble } from '../../support/namespaces.ts'
import { BenchRun } from './bench-run.ts'

/** Processes that this one has started, and what those have started. */
function childrenOf(pid: number): number[] {
  const own = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        // After the command in brackets: state and parent.
        const parent = /\) \S (\d+) /.exec(readFileSync(`/proc/${name}/stat`, 'utf8'))?.[1]
        return Number(parent) === pid ? [Number(name)] : []
      } catch {
        return []
      }
    })
  return own.flatMap((child) => [child, ...childrenOf(child)])
}

const isGone = (pid: number): boolean => {
  try {
    return /\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch {
    return true
  }
}

describe('a fleet', () => {
  test('finds out what is not as it was written', async () => {
    const fleet = await Fleet.open({ nodes: 2 })
    try {
      const block = { prefix: 'a', keys: 3, lap: 1 }
      await fleet.flood(new Map([[fleet.node(1), [block]]]))
      await fleet.lastToShow(fleet.nodes, [block])
      await expect(fleet.verify([block])).resolves.toBeUndefined()
      await expect(fleet.verify([{ ...block, lap: 2 }])).rejects.toThrow(VerificationError)
      await expect(fleet.verify([{ ...block, keys: 2 }])).rejects.toThrow(/shows 3 keys, 2 were written/)
      // Whoever runs must be counted, and nobody else.
      await expect(fleet.verify([block], [fleet.node(1)])).rejects.toThrow(/counts .* alive are/)
      await expect(fleet.lastToShow(fleet.nodes, [{ ...block, lap: 2 }], 50)).rejects.toThrow(/3 of 3 keys/)
    } finally {
      await fleet.close()
    }
  })

  test('can be cut without a network that can be cut, and heals', async () => {
    const fleet = await Fleet.open({ nodes: 2 })
    try {
      const [first, second] = fleet.members
      if (first === undefined || second === undefined) throw new Error('there are two nodes')
      const [a, b] = [
        { prefix: 'a', keys: 1, lap: 1 },
        { prefix: 'b', keys: 1, lap: 1 },
      ]
      await fleet.flood(
        new Map([
          [first.process, [a]],
          [second.process, [b]],
        ]),
      )
      await fleet.lastToShow(fleet.nodes, [a, b])
      await cutApart(fleet, [first], [second])
      await Promise.all([fleet.lastToShow([first.process], [a]), fleet.lastToShow([second.process], [b])])
      await mend(fleet)
      await fleet.lastToShow(fleet.nodes, [a, b])
      await fleet.settled()
      await fleet.verify([a, b])
    } finally {
      await fleet.close()
    }
  })
})

describe.skipIf(process.platform !== 'linux')('Ctrl-C', () => {
  let directory: string
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'lampfield-bench-test-'))
  })
  afterEach(() => rmSync(directory, { recursive: true, force: true }))

  test('leaves no process, no namespace and no file behind', async () => {
    const run = new BenchRun(['--tiny', '--suite', 'partition', '--json', join(directory, 'out.json')], directory)
    // Three nodes run, each with what it was started through.
    await expect.poll(() => childrenOf(run.pid).length, { timeout: 60_000 }).toBeGreaterThanOrEqual(3)
    const children = childrenOf(run.pid)
    run.signal('SIGINT')
    const { code, out } = await run.ended
    expect({ code, out }).toMatchObject({ code: 130, out: expect.stringContaining('nothing is written') as string })
    await expect.poll(() => children.filter((pid) => !isGone(pid)), { timeout: 10_000 }).toEqual([])
    expect(readdirSync(directory).filter((name) => !name.startsWith('tsx-'))).toEqual([])
    if (lanTrouble() !== undefined) return
    const { stdout } = spawnSync('ip', ['netns', 'list'], { encoding: 'utf8' })
    expect(stdout).not.toContain(`lf-${run.pid}-`)
  })
})
