import { describe, expect, it } from 'vitest'
import { entity } from '../state/entities.ts'
import { Cluster, type SimNode } from './cluster.ts'
import { life } from './observer.ts'

const [a, b, c] = [entity(1), entity(2), entity(3)]

const alarms = (node: SimNode): string[] =>
  [...node.observer.view.alarms.values()].map((alarm) => `${alarm.alarm} ${alarm.entity}`)

function three(): { cluster: Cluster; first: SimNode; second: SimNode; third: SimNode } {
  const cluster = new Cluster()
  const first = cluster.start({ entity: a, key: 1, life: life(100) })
  const second = cluster.start({ entity: b, key: 2, life: life(100) })
  const third = cluster.start({ entity: c, key: 3, life: life(100) })
  cluster.run(3000)
  return { cluster, first, second, third }
}

describe('a cluster', () => {
  it('knows all as alive, and stays so', () => {
    const { cluster } = three()
    cluster.run(60_000)
    for (const node of cluster.nodes) {
      expect(node.observer.view.members.size).toBe(2)
      expect(node.observer.kinds().toSorted()).toEqual([
        'bound',
        'bound',
        'life-floor',
        'life-floor',
        'member-joined',
        'member-joined',
      ])
    }
  })

  it('sees a killed node within a second, and its next life as a restart', () => {
    const { cluster, first, second } = three()
    cluster.kill(second)
    cluster.run(900)
    expect(first.observer.status(b)).toBe('down')
    cluster.start({ entity: b, key: 2, life: life(200) })
    cluster.run(1000)
    expect(first.observer.status(b)).toBe('alive')
    expect(first.observer.ofKind('member-changed').at(-1)).toMatchObject({ restarted: true })
  })

  it('lets a suspect whose one link is cut contradict through the third (SWIM)', () => {
    const { cluster, first, second } = three()
    first.observer.tell({ kind: 'disconnected', peer: second.peer })
    const accusation = first.observer.ofKind('accuse')[0]
    if (accusation === undefined) throw new Error('nobody was accused')
    second.observer.tell({ ...accusation, kind: 'accused', by: a })
    expect(second.observer.ofKind('refute')).toHaveLength(1)
    cluster.run(1000)
    expect(first.observer.ofKind('member-changed').map((change) => change.to)).toEqual(['suspect', 'alive'])
  })

  it('is divided by a partition and heals by itself', () => {
    const { cluster, first, second, third } = three()
    cluster.cut(first, third)
    cluster.cut(second, third)
    cluster.run(10_000)
    expect(first.observer.status(c)).toBe('down')
    expect(first.observer.status(b)).toBe('alive')
    expect(third.observer.status(a)).toBe('down')
    cluster.heal()
    cluster.run(1500)
    for (const node of cluster.nodes)
      expect([...node.observer.view.members.values()].map((m) => m.status)).toEqual(['alive', 'alive'])
    expect(first.observer.ofKind('member-changed').every((change) => !change.restarted)).toBe(true)
  })

  it('brings back a node that lost its clock and its number of lives (invariant 3)', () => {
    const { cluster, first, second } = three()
    cluster.kill(second)
    cluster.run(2000)
    const back = cluster.start({ entity: b, key: 2, life: life(5) })
    cluster.run(3000)
    expect(back.life.incarnation).toBe(101)
    expect(first.observer.member(b)).toMatchObject({ status: 'alive', life: { incarnation: 101 } })
    expect(alarms(first)).toEqual([])
  })

  it('keeps a node that lost its key too out, and says so everywhere, until it is let go of', () => {
    const { cluster, first, second, third } = three()
    cluster.kill(second)
    cluster.run(2000)
    const back = cluster.start({ entity: b, key: 12, life: life(5) })
    cluster.run(3000)
    expect(first.observer.member(b)).toMatchObject({ status: 'down', peer: second.peer })
    for (const node of [first, third]) expect(alarms(node)).toEqual([`key-conflict ${b}`])
    for (const node of [first, third]) node.observer.tell({ kind: 'forget', entity: b })
    cluster.run(3000)
    for (const node of [first, third]) {
      expect(node.observer.member(b)).toMatchObject({ status: 'alive', peer: back.peer })
      expect(alarms(node)).toEqual([])
    }
  })

  it('tells everywhere of a cloned entity with another key, and never takes its word', () => {
    const { cluster, first, second, third } = three()
    const clone = cluster.start({ entity: b, key: 12, life: life(900) })
    cluster.run(8000)
    for (const node of [first, second, third, clone]) expect(alarms(node)).toEqual([`cloned-entity ${b}`])
    expect(first.observer.member(b)?.peer).toBe(second.peer)
    cluster.kill(clone)
    cluster.run(40_000)
    for (const node of [first, second, third]) expect(alarms(node)).toEqual([])
  })

  it('tells everywhere of a cloned data directory, ends the race, and recovers when one is stopped', () => {
    const { cluster, first, second, third } = three()
    const clone = cluster.start({ entity: b, key: 2, life: life(900) })
    cluster.run(20_000)
    for (const node of [first, second, third, clone]) expect(alarms(node)).toEqual([`cloned-entity ${b}`])
    const climbs = [second, clone].map((node) => node.observer.ofKind('take-next-life').length)
    expect(Math.max(...climbs)).toBeLessThanOrEqual(2)
    cluster.kill(second.life.incarnation > clone.life.incarnation ? second : clone)
    const rest = second.running ? second : clone
    cluster.run(70_000)
    for (const node of [first, third, rest]) expect(alarms(node)).toEqual([])
    expect(first.observer.member(b)).toMatchObject({ status: 'alive', life: rest.life })
  })
})
