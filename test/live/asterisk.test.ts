import { readFileSync } from 'node:fs'
import { afterAll, expect, test } from 'vitest'
import type { BridgeStatus } from '../../src/asterisk/status.ts'
import { describeLive } from '../support/live-cluster.ts'
import { expectWithin, median, pass, round, tell } from '../support/measure.ts'
import type { Storm } from './pbx/ami-driver.ts'
import { asteriskTrouble, readmeLines } from './pbx/asterisk-server.ts'
import { directMark, freshSite, nodeMark, pbxSites, type PbxSite } from './pbx/pbx-site.ts'

const trouble = asteriskTrouble()
if (trouble !== undefined) tell(`skipped: real Asterisk servers: ${trouble}`)

const stormChanges = 20_000
const stormDevices = 200

/** As long as the outage after which direct publication had lost half, with `LAMPFIELD_LONG`; else longer than a death takes to be known. */
const cutMs = process.env['LAMPFIELD_LONG'] === undefined ? 10_000 : 75_000

/** Asterisk writes its database to disk up to a second after a change: a `Custom:` state that is younger does not outlive a kill. */
const databaseMs = 1500

/** Longer than anything takes that is not a fault. */
const patienceMs = 30_000

const hints = ['Custom:mystate', `${directMark}lamp`, `${nodeMark}lamp`, 'Custom:a', 'Custom:b', 'Custom:c']

if (trouble === undefined) {
  describeLive('servers with a real Asterisk and a node each', 4, (cluster) => {
    let sites: PbxSite[] = []
    const site = (number: number): PbxSite => {
      const found = sites[number - 1]
      if (found === undefined) throw new Error(`there is no server ${number}`)
      return found
    }
    const status = (number: number): Promise<BridgeStatus> => site(number).node.client.asterisk<BridgeStatus>()
    /** A hint as `core show hints` prints it. */
    const hint = (number: number, device: string): string => {
      const row = site(number)
        .pbx.cli('core show hints')
        .split('\n')
        .find((line) => line.includes(`: ${device} `))
      return /State:(\S+)/.exec(row ?? '')?.[1] ?? 'no such hint'
    }
    const everywhere = async (device: string, state: string, limitMs: number = patienceMs): Promise<number> =>
      Math.max(
        ...(await Promise.all(
          sites.filter(({ pbx }) => pbx.isRunning).map(({ pbx }) => pbx.deviceIs(device, state, limitMs)),
        )),
      )

    afterAll(() => Promise.all(sites.map(({ pbx }) => pbx.kill())))

    test(
      'come up, and each node knows its Asterisk',
      async () => {
        sites = await pbxSites(cluster(), hints)
        for (const number of [1, 2, 3]) {
          // An Asterisk without devices has nothing to answer to a refresh, and so says nothing of itself.
          await site(number).pbx.setDevice('Custom:first', 'NOT_INUSE')
          await expect
            .poll(() => status(number), { timeout: patienceMs })
            .toMatchObject({
              link: 'up',
              exchanges: true,
              asteriskEntity: site(number).pbx.eid,
            })
        }
      },
      10 * patienceMs,
    )

    test('the document: devstate change Custom:mystate INUSE on one is in the hints and in DEVICE_STATE() of another', async () => {
      // As the README has it: the first command on one server, the second one on another.
      const commands = readmeLines('console').map((line) => /^asterisk -rx "(.*)"$/.exec(line)?.[1] ?? '')
      expect(commands).toEqual(['devstate change Custom:mystate INUSE', 'core show hints'])
      expect(site(1).pbx.cli(commands[0] ?? '')).toContain('Changing mystate to INUSE')
      await everywhere('Custom:mystate', 'INUSE')
      for (const number of [1, 2, 3]) expect(hint(number, 'Custom:mystate')).toBe('InUse')
      await site(2).pbx.setDevice('Custom:mystate', 'RINGING')
      await everywhere('Custom:mystate', 'RINGINUSE')
      for (const number of [1, 2, 3]) expect(hint(number, 'Custom:mystate')).toBe('InUse&Ringing')
      for (const number of [1, 2]) await site(number).pbx.setDevice('Custom:mystate', 'NOT_INUSE')
      await everywhere('Custom:mystate', 'NOT_INUSE')
    })

    test('message waiting of one is told by the others', async () => {
      const others = [site(2), site(3)].map(({ pbx }) => ({ pbx, from: pbx.messages.length }))
      const put = { Put: '/ari/mailboxes/100%40default?oldMessages=1&newMessages=2' }
      expect((await site(1).pbx.action(put)).fields['Response']).toBe('204')
      for (const { pbx, from } of others) {
        const { fields } = await pbx.until('message waiting', patienceMs, isWaiting('100@default'), from)
        expect(fields).toMatchObject({ New: '2', Old: '1' })
      }
    })

    /** Changes of server 1, until they are in the hints of server 2, through the nodes and by direct publication, in turns. */
    const latency = async (what: string): Promise<void> => {
      const times = { direct: [] as number[], node: [] as number[] }
      for (let turn = 0; turn < 200; turn += 1) {
        for (const [kind, mark] of [
          ['direct', directMark],
          ['node', nodeMark],
        ] as const) {
          const device = `${mark}lamp`
          const state = turn % 2 === 0 ? 'INUSE' : 'NOT_INUSE'
          const from = site(2).pbx.messages.length
          const { sentMs } = await site(1).pbx.setDevice(device, state)
          const seen = await site(2).pbx.until(
            `${device} ${state}`,
            patienceMs,
            ({ fields }) =>
              fields['Event'] === 'ExtensionStatus' &&
              fields['Hint'] === device &&
              fields['Status'] === (state === 'INUSE' ? '1' : '0'),
            from,
          )
          times[kind].push(seen.atMs - sentMs)
          // What follows a change (answers, hints) must not be in the way of the next one, which may be of the other kind.
          await pass(10)
        }
      }
      const [direct, node] = [times.direct, times.node].map((all) => all.sort((x, y) => x - y)[all.length >> 1] ?? 0)
      tell(
        `${what}: direct publication ${median(times.direct)}; through the nodes ${median(times.node)}: ${((node ?? 0) / (direct ?? 1)).toFixed(1)} x`,
      )
    }

    const stormName = 'Custom:storm-'
    const stormOn = (device: string, perSecond: number): Storm => {
      // A last value that no earlier round has: who shows it has seen the last word.
      const states = { states: ['INUSE', 'RINGING', 'BUSY', 'ONHOLD'], last: 'RINGINUSE' }
      return { device, devices: stormDevices, changes: stormChanges, perSecond, ...states }
    }
    const calm = (device: string): Storm => {
      return { device, devices: stormDevices, changes: stormDevices, perSecond: 2000, states: [], last: 'NOT_INUSE' }
    }
    const shows = async ({ pbx }: PbxSite, device: string): Promise<void> => {
      for (let at = 0; at < stormDevices; at += 1) await pbx.deviceIs(`${device}${at}`, 'RINGINUSE', patienceMs)
    }
    const perSecondIn = (ms: number): number => Math.round((1000 * stormChanges) / ms)

    /** The same storm by direct publication from server 1 to server 2: as much as Asterisk itself carries on this machine. */
    const directRate = async (perSecond: number): Promise<number> => {
      const device = `${directMark}storm-`
      const startMs = performance.now()
      await site(1).pbx.storm(stormOn(device, perSecond), 10 * patienceMs)
      await shows(site(2), device)
      const rate = perSecondIn(performance.now() - startMs)
      await site(1).pbx.storm(calm(device), patienceMs)
      await site(2).pbx.deviceIs(`${device}${stormDevices - 1}`, 'NOT_INUSE', patienceMs)
      return rate
    }

    /** A storm on server 1: each change is taken by its node, and the last ones are with the other Asterisks. */
    const blow = async (what: string, perSecond: number): Promise<void> => {
      const running = sites.filter(({ pbx }) => pbx.isRunning)
      const takenBy = async (): Promise<number> => (await status(1)).counts['in_states'] ?? 0
      const direct = await directRate(perSecond)
      const before = await takenBy()
      const used = cpuSince(
        running.flatMap(({ pbx, node }) => [
          [`Asterisk ${pbx.host.number}`, pbx.pid],
          [`node ${pbx.host.number}`, node.pid],
        ]),
      )
      const startMs = performance.now()
      const report = await site(1).pbx.storm(stormOn(stormName, perSecond), 10 * patienceMs)
      await expect
        .poll(async () => (await takenBy()) - before, { timeout: 10 * patienceMs, interval: 50 })
        .toBe(stormChanges)
      const takenMs = performance.now() - startMs
      const costs = used()
      for (const other of running.slice(1)) await shows(other, stormName)
      const shownMs = performance.now() - startMs
      tell(
        `${what}, ${stormChanges} changes: sent in ${round(report.sentMs)}, done by Asterisk after ${round(report.doneMs)}, all taken by its node after ${round(takenMs)} (${perSecondIn(takenMs)}/s), shown by the others after ${round(shownMs)}`,
      )
      const rate = perSecondIn(shownMs)
      tell(
        `shown a second: through the nodes ${rate}, by direct publication ${direct}: ${(rate / direct).toFixed(2)} x`,
      )
      tell(`processor time a change: ${costs}`)
      await site(1).pbx.storm(calm(stormName), patienceMs)
      await everywhere(`${stormName}${stormDevices - 1}`, 'NOT_INUSE')
    }

    test(
      'two servers: a change is in the other hints; of 2,000 a second for ten seconds none is lost',
      async () => {
        await Promise.all([site(3).pbx.kill(), site(3).node.stop()])
        await latency('two servers')
        await blow('two servers, 2,000/s', 2000)
      },
      30 * patienceMs,
    )

    test(
      'three servers: the same, and as fast as Asterisk sends them',
      async () => {
        await Promise.all([site(3).pbx.start(), site(3).node.start()])
        site(3).node.outlook.close()
        await everywhere(`${stormName}${stormDevices - 1}`, 'NOT_INUSE')
        await latency('three servers')
        await blow('three servers, 2,000/s', 2000)
        await blow('three servers, all at once', 1_000_000)
      },
      40 * patienceMs,
    )

    test(
      'a server whose Asterisk is killed has no lamp on elsewhere within 5 s',
      async () => {
        await site(3).pbx.setDevice('Custom:a', 'INUSE')
        await everywhere('Custom:a', 'INUSE')
        await pass(databaseMs)
        const killedMs = performance.now()
        await site(3).pbx.kill()
        await everywhere('Custom:a', 'INVALID')
        tell(`Asterisk killed: its lamp was off everywhere after ${round(performance.now() - killedMs)}`)
        await site(3).pbx.start()
        await everywhere('Custom:a', 'INUSE')
      },
      10 * patienceMs,
    )

    test(
      'a whole server that is cut off the power has no lamp on elsewhere within 5 s',
      async () => {
        const killedMs = performance.now()
        await Promise.all([site(3).pbx.kill(), site(3).node.kill()])
        await everywhere('Custom:a', 'INVALID')
        tell(`server killed: its lamp was off everywhere after ${round(performance.now() - killedMs)}`)
        await Promise.all([site(3).pbx.start(), site(3).node.start()])
        await everywhere('Custom:a', 'INUSE')
      },
      10 * patienceMs,
    )

    test(
      'a node that is killed has no lamp on elsewhere within 5 s, and all is as before when it is back',
      async () => {
        await site(2).pbx.setDevice('Custom:b', 'RINGING')
        await expectWithin('node killed: its lamp was off elsewhere', 5000, async () => {
          await everywhere('Custom:b', 'RINGING')
          const killedMs = performance.now()
          await site(2).node.kill()
          await Promise.all([1, 3].map((number) => site(number).pbx.deviceIs('Custom:b', 'INVALID', patienceMs)))
          const offMs = performance.now() - killedMs
          await site(1).pbx.setDevice('Custom:a', 'BUSY')
          await site(2).pbx.setDevice('Custom:b', 'ONHOLD')
          await site(2).node.start()
          await everywhere('Custom:b', 'ONHOLD')
          await everywhere('Custom:a', 'BUSY')
          await site(1).pbx.setDevice('Custom:a', 'NOT_INUSE')
          await site(2).pbx.setDevice('Custom:b', 'RINGING')
          return offMs
        })
        await site(2).pbx.setDevice('Custom:b', 'ONHOLD')
        await everywhere('Custom:b', 'ONHOLD')
      },
      10 * patienceMs,
    )

    test(
      'core restart now: everything is as before',
      async () => {
        await site(1).pbx.setDevice('Custom:c', 'INUSE')
        await everywhere('Custom:c', 'INUSE')
        site(2).pbx.cli('core restart now')
        await pass(2000)
        await site(2).pbx.attach()
        await everywhere('Custom:c', 'INUSE')
        await everywhere('Custom:b', 'ONHOLD')
        expect(site(2).pbx.isRunning).toBe(true)
      },
      10 * patienceMs,
    )

    test(
      `a partition of ${cutMs / 1000} s with changes on both sides: all of them are everywhere within 2 s of its end`,
      async () => {
        const { lan } = cluster()
        lan.cut(site(1).node.host)
        await site(1).pbx.deviceIs('Custom:b', 'INVALID', patienceMs)
        for (let change = 0; change < 20; change += 1) {
          const state = change % 2 === 0 ? 'INUSE' : 'BUSY'
          await site(1).pbx.setDevice(`Custom:cut-a-${change % 10}`, state)
          await site(2).pbx.setDevice(`Custom:cut-b-${change % 10}`, state)
          await pass(cutMs / 20)
        }
        lan.join(site(1).node.host)
        const joinedMs = performance.now()
        for (let device = 0; device < 10; device += 1) {
          const state = device % 2 === 0 ? 'INUSE' : 'BUSY'
          await everywhere(`Custom:cut-a-${device}`, state)
          await everywhere(`Custom:cut-b-${device}`, state)
        }
        const healedMs = performance.now() - joinedMs
        tell(`partition of ${cutMs / 1000} s healed: all 20 devices of both sides everywhere after ${round(healedMs)}`)
      },
      10 * patienceMs,
    )

    test(
      'three servers and a fourth, that joins as the README has it while its Asterisk runs, and takes over the entity ID of that',
      async () => {
        const { pbx, node } = await freshSite(cluster(), hints)
        sites.push({ pbx, node })
        const { processes } = cluster()
        await site(1).pbx.setDevice('Custom:a', 'BUSY')
        await pbx.setDevice('Custom:fourth', 'INUSE')
        await node.start()
        const { code, out } = await processes.ask(node, ['asterisk', 'config'])
        expect(code).toBe(0)
        pbx.include(out)
        pbx.cli('core reload')
        await expect
          .poll(async () => (await node.client.node()).entity, { timeout: patienceMs, interval: 100 })
          .toBe(pbx.eid)
        await everywhere('Custom:fourth', 'INUSE')
        await everywhere('Custom:a', 'BUSY')
        const shown = await processes.ask(node, ['asterisk', 'status'])
        expect(shown.out).toMatch(new RegExp(`link: +up.*entity ${pbx.eid}`, 's'))
        expect(shown.code).toBe(0)
        await pbx.setDevice('Custom:fourth', 'NOT_INUSE')
        await everywhere('Custom:fourth', 'NOT_INUSE')
      },
      10 * patienceMs,
    )

    test('nothing was refused on the way, and nobody was told of its own', async () => {
      for (const number of [1, 2, 3]) {
        const { counts, comparison } = await status(number)
        const refused = Object.keys(counts).filter((name) => name.includes('refused'))
        tell(`server ${number}: ${JSON.stringify(counts)}`)
        expect(refused.filter((name) => name !== 'in_refused_unknown_tag')).toEqual([])
        expect(comparison.differences).toEqual([])
      }
    })
  })
} else {
  test.skip('servers with a real Asterisk and a node each', () => {})
}

/** Processor time that processes use from now on, in microseconds a change; the kernel counts it in hundredths of a second. */
function cpuSince(processes: readonly (readonly [name: string, pid: number])[]): () => string {
  const usedMs = (pid: number): number => {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /, '')
      .split(' ')
    return 10 * (Number(fields[11]) + Number(fields[12]))
  }
  const before = processes.map(([, pid]) => usedMs(pid))
  return () =>
    processes
      .map(([name, pid], at) => `${name} ${((1000 * (usedMs(pid) - (before[at] ?? 0))) / stormChanges).toFixed(0)} µs`)
      .join(', ')
}

function isWaiting(mailbox: string): (message: { readonly fields: Readonly<Record<string, string>> }) => boolean {
  return ({ fields }) => fields['Event'] === 'MessageWaiting' && fields['Mailbox'] === mailbox
}
