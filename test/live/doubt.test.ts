import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { patchedMain } from '../support/build.ts'
import { describeLive, lastTime, patienceMs, type LiveCluster } from '../support/live-cluster.ts'
import { pass, round, tell } from '../support/measure.ts'
import type { NodeProcess } from '../support/processes.ts'

/** An alarm is seen on both nodes and everywhere else within so long. */
const alarmMs = 5000

/** When the last node lists an alarm about an entity. The events may have been told before anybody could listen. */
async function whenAlarmed(nodes: readonly NodeProcess[], entity: string): Promise<number> {
  const alarms = async ({ client }: NodeProcess): Promise<number> =>
    (await client.members()).filter((member) => member.entity === entity && member.alarms.length > 0).length
  await Promise.all(
    nodes.map((node) =>
      expect.poll(() => alarms(node), { timeout: patienceMs, interval: 50, message: `alarms of ${node.name}` }).toBe(1),
    ),
  )
  return performance.now()
}

/** A person sees the alarm in the listing of members, in the check, and in the log. */
async function expectAlarm({ processes }: LiveCluster, nodes: readonly NodeProcess[], entity: string): Promise<void> {
  const words = `running nodes?(, peer \\w+,)? ha(s|ve) (this node's|the) entity ID ${entity}`
  for (const node of nodes) {
    const [members, check] = await Promise.all([processes.ask(node, ['members']), processes.ask(node, ['check'])])
    expect(members.out, `members of ${node.name}`).toMatch(new RegExp(`^${entity} .*${words}`, 'm'))
    expect(check.out, `check of ${node.name}`).toMatch(new RegExp(`^alarm: .*${words}`, 'm'))
    expect(check).toMatchObject({ code: 1, out: expect.stringMatching(/^not all agree$/m) })
    expect(node.log, `log of ${node.name}`).toMatch(new RegExp(`"level":"error"[^\\n]*${words}`))
  }
}

describeLive('two running nodes with one entity ID', 3, (cluster) => {
  const entity = '02:00:00:00:00:07'

  test('are an alarm on both and on the others within 5 s, and neither overwrites the other unseen', async () => {
    const [one, two, three] = cluster().lan.hosts
    const holder = cluster().add(one!, ['--entity-id', entity])
    const other = cluster().add(two!)
    await Promise.all([holder.start(), other.start()])
    await holder.client.setDeviceState('PJSIP/holder', 'INUSE')
    await other.outlook.when('the lamp is on', patienceMs, (outlook) => outlook.device('PJSIP/holder') === 'INUSE')
    const clone = cluster().add(three!, ['--entity-id', entity])
    const startMs = performance.now()
    await clone.start()
    const runMs = performance.now()
    await clone.client.setDeviceState('PJSIP/holder', 'NOT_INUSE')
    const atMs = await whenAlarmed([holder, other, clone], entity)
    tell(
      `an entity ID used twice: the last alarm ${round(atMs - runMs)} after the second node ran (start ${round(runMs - startMs)})`,
    )
    expect(atMs - runMs).toBeLessThan(alarmMs)
    await expectAlarm(cluster(), [holder, other, clone], entity)
    expect(other.outlook.device('PJSIP/holder')).toBe('INUSE')
    await clone.kill()
  })
})

describeLive('a machine that was copied with its data directory', 3, (cluster) => {
  test('is an alarm on it, on the original and on the others within 5 s, and nobody healthy is disturbed', async () => {
    const [one, two, three] = cluster().lan.hosts
    const [original, other] = [cluster().add(one!), cluster().add(two!)]
    await Promise.all([original.start(), other.start()])
    await cluster().settled()
    await original.client.setDeviceState('PJSIP/original', 'INUSE')
    const { entity } = original
    const copy = cluster().add(three!)
    copy.copyDirectory(original)
    const sinceMs = performance.now()
    await copy.start()
    const runMs = performance.now()
    await copy.client.setDeviceState('PJSIP/original', 'NOT_INUSE')
    const atMs = await whenAlarmed([original, other, copy], entity)
    tell(
      `a copied data directory: the last alarm ${round(atMs - runMs)} after the copy ran (start ${round(runMs - sinceMs)})`,
    )
    expect(atMs - runMs).toBeLessThan(alarmMs)
    await expectAlarm(cluster(), [original, other, copy], entity)
    // The alarm lasts for as long as both run, and meanwhile the original works as before.
    await pass(10_000)
    await expectAlarm(cluster(), [original, other, copy], entity)
    for (const node of [original, other]) {
      expect(node.outlook.device('PJSIP/original')).toBe('INUSE')
    }
    expect(cluster().deathsSince(sinceMs)).toEqual([])
    await original.client.setDeviceState('PJSIP/original', 'RINGING')
    await other.outlook.when(
      'the original is heard',
      patienceMs,
      (outlook) => outlook.device('PJSIP/original') === 'RINGING',
    )
    await original.kill()
    await lastTime(
      [other],
      'the copy takes over',
      patienceMs,
      (outlook) => outlook.device('PJSIP/original') === 'NOT_INUSE',
    )
  })
})

describeLive('a node that speaks a newer protocol', 4, (cluster) => {
  test('is named on both sides, and each version keeps its own cluster working', async () => {
    const newer = patchedMain('wire-2', 'protocol/kinds.js', 'wireVersion = 1', 'wireVersion = 2')
    const nodes = cluster().lan.hosts.map((host) => cluster().add(host))
    const [old, young] = [nodes.slice(0, 2), nodes.slice(2)]
    await Promise.all([...old.map((node) => node.start()), ...young.map((node) => node.start({ main: newer }))])
    for (const [half, word] of [
      [old, 'newer'],
      [young, 'older'],
    ] as const) {
      await lastTime(half, 'its own kind is alive', patienceMs, (outlook, node) =>
        half.every((other) => other === node || outlook.members.get(other.entity) === 'alive'),
      )
      for (const [at, node] of half.entries()) await node.client.setDeviceState(`PJSIP/${word}-${at}`, 'INUSE')
      await lastTime(half, 'it works', patienceMs, (outlook) =>
        half.every((_, at) => outlook.device(`PJSIP/${word}-${at}`) === 'INUSE'),
      )
      for (const node of half) {
        await expect
          .poll(() => node.log, { timeout: patienceMs })
          .toMatch(new RegExp(`"level":"warn"[^\\n]*speaks an? ${word} protocol`))
        expect(node.log).not.toContain('no longer an alarm')
      }
    }
    for (const { outlook } of old) expect(outlook.device('PJSIP/older-0')).toBeUndefined()
  })
})

describeLive('a disagreement', 3, (cluster) => {
  test('that lasts is what `check` exits with 1 for, with who differs on what', async () => {
    const { lan, processes } = cluster()
    // One server folds a device by another rule than the others: nothing that the nodes say to one another can mend that.
    const file = join(processes.directory, 'odd.conf')
    writeFileSync(file, '[reducers]\nlatest = Custom:night\n')
    const odd = cluster().add(lan.host(1), ['--config', file])
    const [b, c] = [cluster().add(lan.host(2)), cluster().add(lan.host(3))]
    await Promise.all([odd, b, c].map((node) => node.start()))
    await cluster().settled()
    await odd.client.setDeviceState('Custom:night', 'INUSE')
    await lastTime([odd, b, c], 'it is in use', patienceMs, (outlook) => outlook.device('Custom:night') === 'INUSE')
    expect(await processes.ask(b, ['check'])).toMatchObject({ code: 0, err: '' })
    await b.client.setDeviceState('Custom:night', 'NOT_INUSE')
    await odd.outlook.when('the latest counts', patienceMs, (outlook) => outlook.device('Custom:night') === 'NOT_INUSE')
    const check = await processes.ask(b, ['check'])
    expect(check).toMatchObject({ code: 1, err: '' })
    expect(check.out).toMatch(/^pbx1 \(\S+\) differs$/m)
    expect(check.out).toContain('  device_state Custom:night: INUSE here, NOT_INUSE there\n')
    expect(check.out).toMatch(/^pbx3 \(\S+\) agrees$/m)
    expect(check.out).toMatch(/^not all agree$/m)
    const json = await processes.ask(odd, ['check', '--json'])
    expect(json.code).toBe(1)
    expect(JSON.parse(json.out)).toMatchObject({
      agreed: false,
      members: [
        { verdict: 'differs', differences: [{ key: 'Custom:night', here: 'NOT_INUSE', there: 'INUSE' }] },
        { verdict: 'differs' },
      ],
    })
  })

  test('that passes does not alarm anybody: while all write, all agree', async () => {
    const { processes, running } = cluster()
    const writing = { isOn: true }
    const writers = running.slice(1).map(async (node) => {
      for (let turn = 0; writing.isOn; turn += 1) {
        await node.client.setDeviceState(`PJSIP/${node.name}`, turn % 2 === 0 ? 'INUSE' : 'RINGING')
        await pass(20)
      }
    })
    await cluster().node(2).client.unsetDeviceState('Custom:night')
    const results = [
      await processes.ask(cluster().node(2), ['check']),
      await processes.ask(cluster().node(3), ['check']),
    ]
    writing.isOn = false
    await Promise.all(writers)
    expect(results.map(({ code }) => code)).toEqual([0, 0])
  })
})
