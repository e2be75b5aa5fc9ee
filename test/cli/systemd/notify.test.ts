import { expect, test } from 'vitest'
import { serviceNotify, watchdogMs } from '../../../src/cli/systemd/notify.ts'
import { nodeAilment, startWatchdog } from '../../../src/cli/systemd/watchdog.ts'
import { VirtualClock } from '../../../src/runtime/virtual-clock.ts'
import { keptLog } from '../kept-log.ts'

const env = { NOTIFY_SOCKET: '/run/systemd/notify' }

test('without a manager that listens nothing is told', () => {
  expect(serviceNotify({}, keptLog())).toBeUndefined()
  expect(serviceNotify({ NOTIFY_SOCKET: '' }, keptLog())).toBeUndefined()
})

test('messages go one after the other, and a failure is told once and hinders nothing', async () => {
  const [sent, log] = [[] as string[], keptLog()]
  let fails = false
  const notify = serviceNotify(env, log, async (assignments) => {
    const isFailing = fails
    await Promise.resolve()
    if (isFailing) throw new Error('nobody is there')
    sent.push(assignments.join(' '))
  })!
  void notify('READY=1', 'STATUS=well')
  await notify('WATCHDOG=1')
  fails = true
  await notify('WATCHDOG=1')
  await notify('STOPPING=1')
  expect(sent).toEqual(['READY=1 STATUS=well', 'WATCHDOG=1'])
  expect(log.lines).toEqual(['warn the service manager cannot be told WATCHDOG=1: nobody is there'])
})

test('the watchdog is for the process that systemd means', () => {
  expect(watchdogMs({}, 7)).toBeUndefined()
  expect(watchdogMs({ WATCHDOG_USEC: '30000000' }, 7)).toBe(30_000)
  expect(watchdogMs({ WATCHDOG_USEC: '30000000', WATCHDOG_PID: '7' }, 7)).toBe(30_000)
  expect(watchdogMs({ WATCHDOG_USEC: '30000000', WATCHDOG_PID: '8' }, 7)).toBeUndefined()
  for (const text of ['0', '-1', 'soon', '1e9']) expect(watchdogMs({ WATCHDOG_USEC: text }, 7)).toBeUndefined()
})

test('the node beats twice in each limit, and only while it is well', async () => {
  const [clock, log] = [new VirtualClock(), keptLog()]
  let [beats, ailment]: [number, string | undefined] = [0, undefined]
  const cancel = startWatchdog({
    clock,
    log,
    limitMs: 30_000,
    ailment: async () => ailment,
    beat: async () => void (beats += 1),
  })
  await clock.advanceAsync(60_000)
  expect(beats).toBe(4)
  ailment = 'its control interface does not answer'
  await clock.advanceAsync(30_000)
  expect(beats).toBe(4)
  expect(log.lines[0]).toBe(
    'error the node is not well: its control interface does not answer; the service manager will restart it if that lasts',
  )
  cancel()
  ailment = undefined
  await clock.advanceAsync(60_000)
  expect(beats).toBe(4)
})

test('a look that hangs brings no beat', async () => {
  const clock = new VirtualClock()
  let [beats, looks] = [0, 0]
  const ailment = (): Promise<undefined> => {
    looks += 1
    return new Promise(() => {})
  }
  const cancel = startWatchdog({ clock, log: keptLog(), limitMs: 1000, ailment, beat: async () => void (beats += 1) })
  await clock.advanceAsync(10_000)
  expect([looks, beats]).toEqual([1, 0])
  cancel()
})

test('a node is well while it answers and its heartbeats go out', async () => {
  const clock = new VirtualClock()
  let [heartbeats, answer]: [number, () => Promise<boolean>] = [1, async () => true]
  const look = nodeAilment(clock, { isRunning: () => answer(), heartbeats: () => heartbeats, heartbeatMaxMs: 20_000 })
  await clock.advanceAsync(15_000)
  heartbeats = 15
  expect(await look()).toBeUndefined()
  await clock.advanceAsync(20_000)
  expect(await look()).toBeUndefined()
  await clock.advanceAsync(5000)
  expect(await look()).toBe('it has sent no heartbeat for 25 s')
  heartbeats = 16
  expect(await look()).toBeUndefined()
  answer = async () => false
  expect(await look()).toBe('it does not run')
  answer = () => Promise.reject(new Error('not answering'))
  expect(await look()).toBe('its control interface does not answer')
})
