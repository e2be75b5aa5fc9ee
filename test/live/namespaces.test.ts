import { spawnSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { describeLive } from '../support/live-cluster.ts'
import { Lan, leftovers, type Host } from '../support/namespaces.ts'

/** All hosts are members of this group (RFC 1112). */
const group = '224.0.0.1'
const packets = 20

/** How many of some multicast packets from one host arrive at another. */
function arrivals(from: Host, to: Host, count = packets): number {
  const before = received(to)
  shell(from, `for i in $(seq ${count}); do echo x > /dev/udp/${group}/9; done`)
  return received(to) - before
}

/** Packets that the kernel has taken, after its firewall: `InDelivers` of RFC 4293. */
function received(host: Host): number {
  return Number(shell(host, 'awk \'$1 == "Ip:" && $10 ~ /^[0-9]+$/ { print $10 }\' /proc/net/snmp'))
}

function shell(host: Host, script: string): string {
  const [command, args] = host.commandLine('bash', ['-c', script])
  const { status, stdout, stderr } = spawnSync(command, args, { encoding: 'utf8' })
  if (status !== 0) throw new Error(stderr)
  return stdout.trim()
}

describeLive('a network for tests', 4, (cluster) => {
  const passes = (from: number, to: number): boolean => {
    const { lan } = cluster()
    return arrivals(lan.host(from), lan.host(to)) >= packets
  }

  test('passes multicast between all hosts', () => {
    expect([passes(1, 2), passes(2, 1), passes(4, 3)]).toEqual([true, true, true])
  })

  test('cuts a host off and joins it', () => {
    const { lan } = cluster()
    lan.cut(lan.host(2))
    expect([passes(1, 2), passes(2, 1), passes(1, 3)]).toEqual([false, false, true])
    lan.join(lan.host(2))
    expect([passes(1, 2), passes(2, 1)]).toEqual([true, true])
  })

  test('is cut in halves, or one way', () => {
    const { lan } = cluster()
    const [a, b, c, d] = lan.hosts as [Host, Host, Host, Host]
    lan.split([a, b], [c, d])
    expect([passes(1, 2), passes(1, 3), passes(4, 2), passes(3, 4)]).toEqual([true, false, false, true])
    lan.block({ from: [a], to: [b] })
    expect([passes(1, 2), passes(2, 1), passes(1, 3)]).toEqual([false, true, true])
    lan.block()
    expect(passes(1, 2)).toBe(true)
  })

  test('loses a share of the packets', () => {
    const { lan } = cluster()
    lan.host(3).lose(50)
    const heard = arrivals(lan.host(1), lan.host(3), 200)
    lan.host(3).lose(0)
    // Seven standard deviations either way.
    expect(Math.abs(heard - 100)).toBeLessThan(50)
    expect(passes(1, 3)).toBe(true)
  })

  test('sets a card down and up, and gives it another address', () => {
    const { lan } = cluster()
    const host = lan.host(4)
    host.linkDown()
    expect(passes(1, 4)).toBe(false)
    host.linkUp()
    host.changeAddress('10.77.0.44')
    expect(shell(host, 'ip -4 -o address show dev eth0')).toContain('10.77.0.44/24')
    expect([passes(1, 4), passes(4, 1)]).toEqual([true, true])
  })

  test('leaves nothing behind', () => {
    const before = leftovers()
    const lan = new Lan(2)
    expect(leftovers()).toHaveLength(before.length + 3)
    lan.close()
    expect(leftovers()).toEqual(before)
  })
})
