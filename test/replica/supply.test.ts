import { beforeEach, describe, expect, test } from 'vitest'
import type { Version } from '../../src/state/version.ts'
import type { Transfer } from '../../src/replica/transfer.ts'
import { channel, entity, harness, limits, value, writer, type Harness } from './setup.ts'

const id = { entity: entity(1), channel, shard: 0 }

const limitsOfSmallUpdates = { ...limits, updateMaxBytes: 1000 }

let owner: Harness
let versions: Version[]

/** One flip of each of 40 keys, one write a flip. */
function flip(times: number): void {
  for (let turn = 0; turn < times; turn += 1) {
    owner.replica.write(channel, new Map([[`k${turn % 40}`, value(versions.length + 1)]]))
    const version = owner.replica.head(id)?.version
    if (version !== undefined) versions.push(version)
  }
}

const shape = (transfers: readonly Transfer[]): string[] =>
  transfers.map(({ kind, from, head }) => `${kind} ${from}-${head.version.epoch}.${head.version.clock}`)

beforeEach(() => {
  owner = writer(entity(1))
  versions = []
})

describe('what brings a copy up to date', () => {
  test('is everything where there is no copy, or one of an earlier life', () => {
    flip(50)
    const { version } = owner.replica.head(id) ?? { version: undefined }
    if (version === undefined) throw new Error('no head')
    expect(shape(owner.replica.transfers(id, undefined))).toEqual(['run 0-1.50'])
    expect(shape(owner.replica.transfers(id, { ...version, incarnation: 0, clock: 99 }))).toEqual(['run 0-1.50'])
    expect(shape(owner.replica.transfers(id, { ...version, nonce: 0, epoch: 9 }))).toEqual(['run 0-1.50'])
  })

  test('is a tail inside the epoch', () => {
    flip(50)
    const since = versions[19]
    const transfers = owner.replica.transfers(id, since)
    expect(shape(transfers)).toEqual(['run 20-1.50'])
    const copy = harness(entity(2))
    copy.receiveAll(owner.replica.transfers(id, undefined))
    expect(copy.replica.transfers(id, since)).toEqual(transfers)
  })

  test('is nothing for the same, a newer and an unknown one', () => {
    flip(50)
    const version = versions.at(-1) ?? { incarnation: 0, nonce: 0, epoch: 0, clock: 0 }
    expect(owner.replica.transfers(id, version)).toEqual([])
    expect(owner.replica.transfers(id, { ...version, clock: version.clock + 1 })).toEqual([])
    expect(owner.replica.transfers(id, { ...version, epoch: version.epoch + 1, clock: 0 })).toEqual([])
    expect(owner.replica.transfers(id, { ...version, incarnation: 2, clock: 0 })).toEqual([])
    expect(owner.replica.transfers({ ...id, shard: 1 }, undefined)).toEqual([])
    expect(owner.replica.transfers({ ...id, entity: entity(9) }, undefined)).toEqual([])
  })

  test('is a tail, the roll-over and a tail across a recent roll-over', () => {
    flip(200)
    expect(versions.at(-1)?.epoch).toBe(2)
    // 40 live and 105 overwritten: the 145th flip was one too many.
    expect(shape(owner.replica.transfers(id, versions[99]))).toEqual([
      'run 100-1.145',
      'roll-over 145-2.40',
      'run 40-2.95',
    ])
    expect(shape(owner.replica.transfers(id, { ...versions[0], epoch: 1, clock: 145 } as Version))).toEqual([
      'roll-over 145-2.40',
      'run 40-2.95',
    ])
  })

  test('is everything for a copy that claims more of an epoch than there was', () => {
    flip(200)
    const since = { incarnation: 1, nonce: 1, epoch: 1, clock: 146 }
    expect(shape(owner.replica.transfers(id, since))).toEqual(['run 0-2.95'])
  })

  test('is no last tail right after the roll-over', () => {
    flip(145)
    expect(shape(owner.replica.transfers(id, versions[143]))).toEqual(['run 144-1.145', 'roll-over 145-2.40'])
  })

  test('is everything once the time of grace is over, or two epochs have passed', () => {
    flip(200)
    owner.clock.advance(29_999)
    expect(owner.replica.transfers(id, versions[99])).toHaveLength(3)
    owner.clock.advance(1)
    expect(shape(owner.replica.transfers(id, versions[99]))).toEqual(['run 0-2.95'])
    expect(owner.clock.pending).toBe(0)
    flip(200)
    expect(versions.at(-1)?.epoch).toBe(4)
    expect(owner.replica.transfers(id, versions[199])).toHaveLength(1)
  })

  test("comes from a copy with the owner's words as from the owner", () => {
    const copy = harness(entity(2))
    for (let turn = 0; turn < 200; turn += 1) {
      copy.receiveAll(owner.replica.write(channel, new Map([[`k${turn % 40}`, value(turn + 1)]])))
    }
    const since: Version = { incarnation: 1, nonce: 1, epoch: 1, clock: 100 }
    expect(copy.replica.transfers(id, since)).toEqual(owner.replica.transfers(id, since))
    copy.clock.advance(30_000)
    expect(shape(copy.replica.transfers(id, since))).toEqual(['run 0-2.95'])
  })

  test('of a document without entries is an update that says nothing', () => {
    const keys = Array.from({ length: 70 }, (_, at) => `k${at}`)
    owner.replica.write(channel, new Map(keys.map((key) => [key, value(1)])))
    owner.replica.write(channel, new Map(keys.map((key) => [key, undefined])))
    expect(owner.replica.head(id)?.version).toMatchObject({ epoch: 2, clock: 0 })
    const transfers = owner.replica.transfers(id, undefined)
    expect(transfers).toMatchObject([{ kind: 'run', from: 0, updates: [Uint8Array.of(0, 0)] }])
    const copy = harness(entity(2))
    expect(copy.receiveAll(transfers)).toEqual(['applied'])
    expect(copy.replica.head(id)).toEqual(owner.replica.head(id))
    expect(copy.receiveAll(transfers)).toEqual(['duplicate'])
    expect(copy.receiveAll(owner.replica.write(channel, new Map([['y', value(1)]])))).toEqual(['applied'])
    expect(copy.state()).toEqual(owner.state())
  })

  test('fits the bounds, however much it is', () => {
    owner = writer(entity(1), { limits: limitsOfSmallUpdates })
    owner.replica.write(channel, new Map(Array.from({ length: 500 }, (_, at) => [`key-${at}`, value(at + 1)])))
    const [snapshot, ...rest] = owner.replica.transfers(id, undefined)
    if (snapshot?.kind !== 'run') throw new Error('no run')
    expect(rest).toEqual([])
    expect(snapshot.updates.length).toBeGreaterThan(10)
    expect(Math.max(...snapshot.updates.map((update) => update.length))).toBeLessThanOrEqual(1000)
    const copy = harness(entity(2), { limits: limitsOfSmallUpdates })
    expect(copy.receiveAll([snapshot])).toEqual(['applied'])
    expect(copy.state()).toEqual(owner.state())
  })
})
