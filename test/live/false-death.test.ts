import { expect, test } from 'vitest'
import { describeLive, lastTime, patienceMs } from '../support/live-cluster.ts'
import { pass, round, tell } from '../support/measure.ts'

describeLive('nobody is declared down who lives', 4, (cluster) => {
  test('by an observer that wakes from a stop of 10 s', async () => {
    await cluster().populate()
    const observer = cluster().node(1)
    const others = cluster().others(observer)
    await Promise.all(others.map((node) => node.client.setDeviceState(`PJSIP/${node.name}`, 'INUSE')))
    await observer.outlook.when('all lamps are on', patienceMs, (outlook) =>
      others.every(({ name }) => outlook.device(`PJSIP/${name}`) === 'INUSE'),
    )
    const stoppedMs = performance.now()
    observer.freeze()
    await pass(10_000)
    observer.thaw()
    const wokenMs = performance.now()
    const healedMs = await cluster().settled()
    tell(`an observer that wakes: all are alive again after ${round(healedMs - wokenMs)}`)
    // Were it to blame others for its own pause, it would do so within the time in which silence is judged.
    await pass(6000)
    const said = observer.outlook.since(stoppedMs).flatMap(({ event }) => {
      if (event.type === 'member' && event.to === 'down') return [`${event.name} is down`]
      return event.type === 'change' ? [`${event.key} is ${String(event.after)}`] : []
    })
    expect(said).toEqual([])
    // The others rightly took it for dead, and nobody else.
    expect(new Set(cluster().deathsSince(stoppedMs))).toEqual(
      new Set(others.map(({ name }) => `${name}: ${observer.name}`)),
    )
  })

  test('while a fifth of all packets is lost for 30 s, and every change gets through', async () => {
    const { lan, running } = cluster()
    const startMs = performance.now()
    for (const host of lan.hosts) host.lose(20)
    const slowest: number[] = []
    for (let turn = 1; performance.now() - startMs < 30_000; turn += 1) {
      const device = `PJSIP/lossy-${turn}`
      const writer = cluster().node((turn % running.length) + 1)
      const writtenMs = performance.now()
      await writer.client.setDeviceState(device, 'INUSE')
      slowest.push(
        (await lastTime(running, `${device} is in use`, patienceMs, (outlook) => outlook.device(device) === 'INUSE')) -
          writtenMs,
      )
      await pass(200)
    }
    const deaths = cluster().deathsSince(startMs)
    for (const host of lan.hosts) host.lose(0)
    tell(`a change with 20 % loss: ${slowest.length} in 30 s, the slowest ${round(Math.max(...slowest))}`)
    expect(deaths).toEqual([])
    await cluster().settled()
    for (const node of running) expect(await node.client.check()).toMatchObject({ agreed: true })
  }, 90_000)
})
