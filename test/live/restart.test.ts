import { expect, test } from 'vitest'
import { describeLive, lastTime, patienceMs } from '../support/live-cluster.ts'
import { round, tell } from '../support/measure.ts'
import type { NodeProcess } from '../support/processes.ts'

/** Put in front of the program: its wall clock is that much behind, as after a lost battery. */
const setBack = (ms: number): readonly string[] => [
  '--import',
  `data:text/javascript,const now=Date.now;Date.now=()=>now()-${ms}`,
]
const dayMs = 86_400_000

const lamp = 'PJSIP/lamp'
const kept = 'Custom:kept'

describeLive('a node that is killed with -9', 3, (cluster) => {
  const [a, b, c] = [0, 1, 2].map((at) => () => cluster().nodes[at] as NodeProcess) as [
    () => NodeProcess,
    () => NodeProcess,
    () => NodeProcess,
  ]
  const others = (): NodeProcess[] => [b(), c()]

  /** Both entries of the first node, and nothing else, are what everybody shows. */
  const setAll = async (state: 'INUSE' | 'RINGING'): Promise<void> => {
    await Promise.all([lamp, kept].map((device) => a().client.setDeviceState(device, state)))
    await lastTime(cluster().running, `both are ${state}`, patienceMs, (outlook) =>
      [lamp, kept].every((device) => outlook.device(device) === state),
    )
  }

  /** Kills the first node; resolves when its entries count nowhere, with the time of the blow. */
  const killAndForget = async (): Promise<number> => {
    const killedMs = performance.now()
    await a().kill()
    await lastTime(others(), 'nothing of it counts', patienceMs, (outlook) =>
      [lamp, kept].every((device) => outlook.device(device) === undefined),
    )
    return killedMs
  }

  /** The lamp's values on the others since then, in the order in which they were shown. */
  const lampSince = (sinceMs: number): unknown[] =>
    others().flatMap(({ outlook }) =>
      outlook
        .since(sinceMs)
        .flatMap(({ event }) => (event.type === 'change' && event.key === lamp ? [event.after] : [])),
    )

  test('no longer counts within 3 s', async () => {
    await cluster().populate()
    await setAll('INUSE')
    const killedMs = performance.now()
    await a().kill()
    const offMs = await lastTime(
      others(),
      'the lamp is off',
      patienceMs,
      (outlook) => outlook.device(lamp) === undefined,
    )
    tell(`kill -9 until the lamp is off on the last node: ${round(offMs - killedMs)}`)
    expect(offMs - killedMs).toBeLessThan(3000)
  })

  test('counts again after a restart, with what it had acknowledged as lasting, and with nothing else', async () => {
    const restartedMs = performance.now()
    await a().start()
    await cluster().settled()
    await lastTime(
      cluster().running,
      'the lasting state is back',
      patienceMs,
      (outlook) => outlook.device(kept) === 'INUSE',
    )
    expect(lampSince(restartedMs)).toEqual([])
  })

  test('counts with its new values only after a restart with an emptied directory', async () => {
    await setAll('INUSE')
    const killedMs = await killAndForget()
    a().emptyDirectory()
    await a().start()
    await cluster().trustAnew(a())
    await cluster().settled()
    await setAll('RINGING')
    expect(lampSince(killedMs)).toEqual([null, 'RINGING', null, 'RINGING'])
  })

  test('counts with its new values only after a restart with a set-back clock', async () => {
    await setAll('INUSE')
    const killedMs = await killAndForget()
    await a().start({ nodeFlags: setBack(dayMs) })
    await cluster().settled()
    await setAll('RINGING')
    expect(lampSince(killedMs)).toEqual([null, 'RINGING', null, 'RINGING'])
  })

  test('counts with its new values only after a restart with an emptied directory and a set-back clock', async () => {
    await setAll('INUSE')
    const killedMs = await killAndForget()
    a().emptyDirectory()
    await a().start({ nodeFlags: setBack(dayMs) })
    await cluster().trustAnew(a())
    await setAll('RINGING')
    await cluster().settled()
    expect(lampSince(killedMs)).toEqual([null, 'RINGING', null, 'RINGING'])
    expect(await b().client.check()).toMatchObject({ members: [{ verdict: 'agrees' }, { verdict: 'agrees' }] })
  })

  test('counts with its new values only after a restart so quick that nobody missed it', async () => {
    await setAll('INUSE')
    const killedMs = performance.now()
    await a().kill()
    a().emptyDirectory()
    await a().start()
    await cluster().trustAnew(a())
    await setAll('RINGING')
    await cluster().settled()
    // Whether the others saw the lamp go off between depends on who was first.
    expect(lampSince(killedMs).filter((state) => state !== null)).toEqual(['RINGING', 'RINGING'])
  })

  test('keeps every lasting state that was acknowledged before the blow', async () => {
    const acknowledged: string[] = []
    let next = 0
    const writer = async (): Promise<void> => {
      for (;;) {
        next += 1
        const device = `Custom:quick-${next}`
        await a().client.setDeviceState(device, 'INUSE')
        acknowledged.push(device)
      }
    }
    const writers = Promise.allSettled(Array.from({ length: 8 }, writer))
    await expect.poll(() => acknowledged.length, { timeout: patienceMs, interval: 5 }).toBeGreaterThan(200)
    await a().kill()
    await writers
    await a().start()
    const back = new Set((await a().client.deviceStates('Custom:quick-*')).map(({ name }) => name))
    expect(acknowledged.filter((device) => !back.has(device))).toEqual([])
    await lastTime(others(), 'all acknowledged states count', patienceMs, (outlook) =>
      acknowledged.every((device) => outlook.device(device) === 'INUSE'),
    )
  })
})
