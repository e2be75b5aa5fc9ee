import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ed25519 } from '../../src/runtime/signature.ts'
import { Namespaces, Worker } from './network-namespaces.ts'
import { pause, until } from './network-support.ts'

const reason = Namespaces.reason
if (reason !== undefined) process.stderr.write(`test/live/network-cuts.test.ts: skipped, ${reason}\n`)

/** Publishes until all others have heard something new. */
async function gossips(from: Worker, to: readonly Worker[]): Promise<void> {
  const mark = `${from.self.slice(-6)} ${performance.now()}`
  let turn = 0
  await until(() => {
    if (turn % 20 === 0) from.send('publish', { text: `${mark} ${turn}` })
    turn += 1
    return to.every(({ messages }) => messages.some((text) => text.startsWith(mark)))
  }, 10_000)
}

describe.skipIf(reason !== undefined)('hosts on one network', () => {
  let net: Namespaces

  beforeEach(() => {
    net = new Namespaces()
  })

  afterEach(() => {
    net.remove()
  })

  it('find each other within 3 s of their start, and again within 2 s after a cut', async () => {
    for (const [at, name] of ['x', 'y', 'z'].entries()) net.add(name, at + 1)
    const [x, y, z] = await Promise.all([net.run('x'), net.run('y'), net.run('z')])
    const startMs = performance.now()
    await until(() => [x, y, z].every(({ peers }) => peers.size === 2), 3000)
    process.stdout.write(`found each other ${Math.round(performance.now() - startMs)} ms after the last start\n`)
    await Promise.all([gossips(x, [y, z]), gossips(z, [x, y])])

    net.cut('z')
    const cutMs = performance.now()
    await until(() => z.peers.size === 0 && x.peers.size === 1 && y.peers.size === 1, 6500)
    process.stdout.write(`noticed the cut after ${Math.round(performance.now() - cutMs)} ms\n`)
    await pause(3000)
    net.mend('z')
    const mendMs = performance.now()
    await until(() => [x, y, z].every(({ peers }) => peers.size === 2), 2500)
    process.stdout.write(`healed ${Math.round(performance.now() - mendMs)} ms after the link's return\n`)
    await Promise.all([gossips(z, [x, y]), gossips(x, [y, z])])
    // Nothing flaps afterwards.
    const before = [x, y, z].map(({ connections }) => connections)
    await pause(1500)
    expect([x, y, z].map(({ connections }) => connections)).toEqual(before)
    expect(x.warnings).toEqual([])
  }, 40_000)

  it('heal without multicast, from the addresses they know', async () => {
    for (const [at, name] of ['x', 'y'].entries()) net.add(name, at + 1, { multicast: false })
    const x = await net.run('x', { mdns: false })
    const y = await net.run('y', { mdns: false, peers: ['10.77.0.99:4001', ...x.addresses.slice(0, 1)] })
    await until(() => x.peers.size === 1 && y.peers.size === 1, 3000)
    net.cut('y')
    await until(() => x.peers.size === 0 && y.peers.size === 0, 6500)
    await pause(2000)
    net.mend('y')
    const mendMs = performance.now()
    await until(() => x.peers.size === 1 && y.peers.size === 1, 2500)
    process.stdout.write(`healed ${Math.round(performance.now() - mendMs)} ms after the link's return\n`)
    await Promise.all([gossips(x, [y]), gossips(y, [x])])
  }, 40_000)

  it('hear an identity again that came back at another address while its old connection hung', async () => {
    for (const [at, name] of ['x', 'y', 'z'].entries()) net.add(name, at + 1)
    const keys = ed25519().generate()
    const [x, before] = await Promise.all([net.run('x'), net.run('y', {}, keys)])
    await until(() => x.peers.size === 1 && before.peers.size === 1, 5000)
    net.cut('y')
    before.kill()
    const after = await net.run('z', {}, keys)
    await until(() => after.peers.size === 1 && x.peers.size === 1, 5000)
    await Promise.all([gossips(x, [after]), gossips(after, [x])])
  }, 40_000)
})

/** Each story on a bridge of its own. */
const onHosts = (story: (net: Namespaces) => Promise<void>) => async (): Promise<void> => {
  const net = new Namespaces()
  try {
    await story(net)
  } finally {
    net.remove()
  }
}

describe.skipIf(reason !== undefined).concurrent('hosts that mind their addresses', () => {
  it(
    'pass over an address that nobody answers at',
    onHosts(async (net) => {
      for (const [at, name] of ['x', 'y'].entries()) net.add(name, at + 1, { multicast: false })
      const [x, y] = await Promise.all([net.run('x', { mdns: false }), net.run('y', { mdns: false })])
      const [smaller, larger] = x.self < y.self ? [x, y] : [y, x]
      const startMs = performance.now()
      const stale = ['/ip4/10.77.0.98/tcp/4001', '/ip4/10.77.0.99/tcp/4001']
      smaller.send('remember', { peer: larger.self, addresses: [...stale, ...larger.addresses] })
      await until(() => x.peers.size === 1 && y.peers.size === 1, 2000)
      process.stdout.write(`connected past two silent addresses after ${Math.round(performance.now() - startMs)} ms\n`)
    }),
    40_000,
  )

  it(
    'are told when multicast does not work, and how to help it',
    onHosts(async (net) => {
      net.add('x', 1, { multicast: false })
      const x = await net.run('x')
      await until(() => x.warnings.length > 0, 8000)
      expect(x.warnings).toEqual([expect.stringContaining('ip route add 224.0.0.0/4')])
    }),
    40_000,
  )

  it(
    'notice new addresses of their own',
    onHosts(async (net) => {
      net.add('x', 1)
      const x = await net.run('x')
      net.address('x', 71)
      await until(() => x.addressChanges === 1, 8000)
      expect(x.addresses.some((address) => address.startsWith('/ip4/10.77.0.71/'))).toBe(true)
      expect(x.addresses.at(-1)).toMatch(/^\/ip4\/127\.0\.0\.1\//)
    }),
    40_000,
  )
})

describe('a process', () => {
  it('exits by itself once its network has stopped', async () => {
    const worker = new Worker(undefined, { listen: ['/ip4/127.0.0.1/tcp/0'] }, ed25519().generate())
    await worker.started
    worker.send('stop')
    await until(() => worker.exitCode !== undefined, 5000)
    expect(worker.exitCode).toBe(0)
  })
})
