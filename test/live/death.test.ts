import { expect, test } from 'vitest'
import { describeLive, lastTime, patienceMs } from '../support/live-cluster.ts'
import { expectWithin, pass } from '../support/measure.ts'
import type { NodeProcess } from '../support/processes.ts'

/** The bounds of the first promise, from the fault to the last node's correct cluster state. */
const promisedMs = { kill: 1000, leave: 200, silence: 5000, wake: 2000 }

describeLive('a server that is gone', 4, (cluster) => {
  const victim = (): NodeProcess => cluster().node(1)
  const lamp = 'PJSIP/lamp'

  /** Everybody is alive and the victim's lamp is on. */
  const ready = async (): Promise<void> => {
    const { running, nodes } = cluster()
    if (nodes.length === 0) await cluster().populate()
    else if (!running.includes(victim())) await victim().start()
    await cluster().settled()
    await victim().client.setDeviceState(lamp, 'INUSE')
    await lastTime(cluster().running, 'the lamp is on', patienceMs, (outlook) => outlook.device(lamp) === 'INUSE')
  }

  /** How long the lamp stays on after a fault. */
  const offAfter = async (fault: () => unknown): Promise<number> => {
    const others = cluster().others(victim())
    const startMs = performance.now()
    const off = lastTime(others, 'the lamp is off', patienceMs, (outlook) => outlook.device(lamp) === undefined)
    fault()
    return (await off) - startMs
  }

  const status = (): (string | undefined)[] =>
    cluster()
      .others(victim())
      .map(({ outlook }) => outlook.members.get(victim().entity))

  test('by kill -9 counts nowhere within 1 s', async () => {
    await expectWithin('kill -9', promisedMs.kill, async () => {
      await ready()
      return offAfter(() => victim().kill())
    })
    expect(status()).toEqual(['down', 'down', 'down'])
  })

  test('by a clean leave counts nowhere within 0.2 s', async () => {
    await expectWithin('a clean leave', promisedMs.leave, async () => {
      await ready()
      const tookMs = await offAfter(() => victim().signal('SIGTERM'))
      expect(await victim().ended()).toMatchObject({ code: 0 })
      return tookMs
    })
    expect(status()).toEqual(['left', 'left', 'left'])
  })

  test('by a pulled cable counts nowhere within 5 s', async () => {
    const { lan } = cluster()
    await expectWithin('a pulled cable', promisedMs.silence, async () => {
      await ready()
      const tookMs = await offAfter(() => lan.cut(victim().host))
      lan.join(victim().host)
      return tookMs
    })
  })

  test('by a card that is set down counts nowhere within 5 s', async () => {
    await expectWithin('ip link set eth0 down', promisedMs.silence, async () => {
      await ready()
      const tookMs = await offAfter(() => victim().host.linkDown())
      victim().host.linkUp()
      return tookMs
    })
  })

  test('by a stopped process counts nowhere within 5 s, and counts again soon after it goes on', async () => {
    await expectWithin('SIGSTOP', promisedMs.silence, async () => {
      await ready()
      const tookMs = await offAfter(() => victim().freeze())
      victim().thaw()
      return tookMs
    })
    await expectWithin('SIGCONT after 10 s', promisedMs.wake, async () => {
      await ready()
      victim().freeze()
      await pass(10_000)
      const startMs = performance.now()
      victim().thaw()
      const on = await lastTime(
        cluster().running,
        'the lamp is on again',
        patienceMs,
        (outlook, node) =>
          cluster()
            .others(node)
            .every(({ entity }) => outlook.members.get(entity) === 'alive') && outlook.device(lamp) === 'INUSE',
      )
      return on - startMs
    })
  })
})
