/**
 * Run by hand: `npx tsx test/page/load.ts [devices] [changes a second] [seconds] [rounds]`. One node says states of many devices at a steady
 * pace; another one, which shows them on its page, is asked how late they came, while nobody looks, while a subscriber reads what the page reads
 * and draws nothing, while the page stands in Chromium as on another machine, and while it stands in Chromium on these very processors. Each
 * of these comes in every round, so that what else the machine does meanwhile meets all of them. Told are the delays and the node's own processor
 * time, and what the page's own frames and long tasks were.
 *
 * As on another machine: the browser's processes get what the nodes leave (nice 19, for the session's whole group of processes). It is
 * a stand-in, and errs on the side of the browser's cost: caches and kernel are still shared.
 */
import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { cpus, loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromium, type Page } from 'playwright-core'
import { createNode } from '../../src/node/create-node.ts'
import type { Node } from '../../src/node/node.ts'
import { deviceStates } from '../../src/state/device-state.ts'
import { builtMain } from '../support/build.ts'
import { tell } from '../support/measure.ts'
import { browserFlags, executable } from './browser.ts'

const [devices = 20_000, perSecond = 1000, seconds = 6, rounds = 4] = process.argv.slice(2).map(Number)
const [httpPort, peerPort] = [18_288, 19_288]
const url = `http://127.0.0.1:${httpPort}`

/** What the page itself subscribes. */
const pageStream = '/api/v1/events?snapshot=1&types=change,member,alarm&gatherMs=100'

/** Of the kernel's counts in `/proc/PID/stat`, which everywhere come a hundred to the second. */
const tickMs = 10

const sleep = (ms: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, ms)
  })

async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds().catch(() => false))) await sleep(200)
}

const stat = async (name: string): Promise<number> => {
  const stats = (await (await fetch(`${url}/api/v1/stats`)).json()) as Record<string, number>
  return stats[name] ?? 0
}

/** Processor time that a process has used. */
function processorMs(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
  return (Number(fields[11]) + Number(fields[12])) * tickMs
}

function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
}

/** How late entries come at the shown node, until the signal fires. */
async function delays(signal: AbortSignal): Promise<number[]> {
  const found: number[] = []
  const response = await fetch(`${url}/api/v1/events?types=entry`, { signal })
  let text = ''
  try {
    for await (const part of response.body ?? []) {
      const blocks = (text + Buffer.from(part as Uint8Array).toString()).split('\n\n')
      text = blocks.pop() ?? ''
      for (const block of blocks) {
        const delay = /"delayMs":([\d.]+)/.exec(block)?.[1]
        if (delay !== undefined) found.push(Number(delay))
      }
    }
  } catch (error) {
    if (!signal.aborted) throw error
  }
  return found
}

interface Seen {
  readonly delays: readonly number[]
  readonly nodeMs: number
  readonly writerMs: number
}

/** Changes at a steady pace: so many every 20 ms. */
async function storm(node: Node, shown: number): Promise<Seen> {
  const end = new AbortController()
  const listening = delays(end.signal)
  await sleep(500)
  const [startMs, nodeMs, writerMs] = [performance.now(), processorMs(shown), processorMs(process.pid)]
  for (let made = 0; made < perSecond * seconds;) {
    const due = Math.min(perSecond * seconds, Math.floor(((performance.now() - startMs) * perSecond) / 1000))
    for (; made < due; made += 1) {
      const key = `PJSIP/${(made * 7919) % devices}`
      const before = node.get('device_state', key)
      void node.set('device_state', key, before === 'INUSE' ? 'NOT_INUSE' : 'INUSE')
    }
    await sleep(20)
  }
  const took = { nodeMs: processorMs(shown) - nodeMs, writerMs: processorMs(process.pid) - writerMs }
  await sleep(1000)
  end.abort()
  return { delays: await listening, ...took }
}

/** Who looks at the node while it works. */
interface Onlooker {
  readonly what: string
  /** Comes to look; resolves with how it leaves, when it is all there. */
  come(): Promise<() => Promise<void>>
}

const nobody: Onlooker = { what: 'nobody looks', come: async () => async () => {} }

/** Reads what a page reads and does nothing with it, as the part of the page that is the node's own cost. */
const reader: Onlooker = {
  what: 'a reader that draws nothing',
  async come() {
    const child = spawn('curl', ['-sNo', '/dev/null', url + pageStream], { stdio: 'ignore' })
    await sleep(1000)
    return async () => void child.kill()
  },
}

const watchFrames = `
  window.frames_ = []; window.long_ = [];
  new PerformanceObserver((list) => { for (const task of list.getEntries()) window.long_.push(task.duration) }).observe({ type: 'longtask' });
  let last = performance.now();
  const step = () => { const now = performance.now(); window.frames_.push(now - last); last = now; requestAnimationFrame(step) };
  requestAnimationFrame(step);
`

/** The page in a browser, started by a line of shell. */
function pageIn(what: string, directory: string, before: string): Onlooker {
  const starter = join(directory, `chromium-${before.length}`)
  writeFileSync(starter, `#!/bin/sh\n${before} ${executable} "$@"\n`, { mode: 0o700 })
  return {
    what,
    async come() {
      const browser = await chromium.launch({ executablePath: starter, args: [...browserFlags] })
      const page = await browser.newPage({ viewport: { width: 1440, height: 900 } })
      const startMs = performance.now()
      await page.goto(url)
      await until(async () => (await page.textContent('#shown')) === devices.toLocaleString('en-US'))
      tell(`${what}: all ${devices} lamps stood after ${Math.round(performance.now() - startMs)} ms`)
      await page.evaluate(watchFrames)
      return async () => {
        await tellFrames(what, page)
        await browser.close()
      }
    },
  }
}

async function tellFrames(what: string, page: Page): Promise<void> {
  const { frames, long } = (await page.evaluate('({ frames: window.frames_, long: window.long_ })')) as {
    frames: number[]
    long: number[]
  }
  const clickMs = performance.now()
  await page.click('.lamp')
  await page.waitForSelector('#explain[open]')
  const click = Math.round(performance.now() - clickMs)
  const of = (share: number): string => quantile(frames, share).toFixed(1)
  const tasks = `${long.length} tasks over 50 ms, longest ${Math.max(0, ...long).toFixed(0)} ms`
  tell(
    `${what}: ${frames.length} frames, p50 ${of(0.5)} ms, p99 ${of(0.99)} ms; ${tasks}; a click explained in ${click} ms`,
  )
}

/**
 * Each onlooker in each round. The least disturbed round of each counts: whatever else the machine does can only make a change later. All are told,
 * so that everybody sees how much that was.
 */
async function compare(node: Node, shown: number, onlookers: readonly Onlooker[]): Promise<void> {
  const all = new Map(onlookers.map((onlooker) => [onlooker, [] as Seen[]]))
  for (let round = 1; round <= rounds; round += 1) {
    for (const [onlooker, seen] of all) {
      const leave = await onlooker.come()
      seen.push(await storm(node, shown))
      await leave()
    }
  }
  let bare: number | undefined
  for (const [{ what }, seen] of all) {
    const p99s = seen.map(({ delays: found }) => quantile(found, 0.99))
    const p99 = Math.min(...p99s)
    bare ??= p99
    const p50 = Math.min(...seen.map(({ delays: found }) => quantile(found, 0.5)))
    const entries = seen.reduce((sum, { delays: found }) => sum + found.length, 0)
    const share = (name: 'nodeMs' | 'writerMs'): string =>
      `${(Math.min(...seen.map((one) => one[name])) / seconds).toFixed(0)} ms/s`
    tell(
      `${what}: ${entries} entries, p50 ${p50} ms, p99 ${p99} ms (of ${p99s.join(', ')}), ${(p99 / bare).toFixed(1)} x; processor of the node ${share('nodeMs')}, of the writer ${share('writerMs')}`,
    )
  }
  tell(`load ${loadavg()[0]?.toFixed(1)} on ${cpus().length} cores`)
}

async function run(directory: string): Promise<void> {
  const args = [
    'start',
    '--data-dir',
    join(directory, 'node'),
    '--cluster',
    'page-load',
    '--entity-id',
    '02:00:00:00:98:02',
  ]
  const net = ['--no-mdns', '--listen', `127.0.0.1:${peerPort}`, '--http', `127.0.0.1:${httpPort}`]
  const child: ChildProcess = spawn(process.execPath, [builtMain(), ...args, ...net], { stdio: 'ignore' })
  const node = createNode({
    cluster: 'page-load',
    entityId: '02:00:00:00:98:01',
    name: 'writer',
    mdns: false,
    listen: ['/ip4/127.0.0.1/tcp/0'],
    peers: [`/ip4/127.0.0.1/tcp/${peerPort}`],
  })
  try {
    await node.start()
    await until(async () => (await stat('links')) === 1)
    for (let at = 0; at < devices; at += 1) {
      void node.set('device_state', `PJSIP/${at}`, deviceStates[at % 3] ?? 'UNKNOWN')
    }
    await until(async () => (await stat('entries')) === devices)
    // The first storm warms both nodes up.
    await storm(node, child.pid ?? 0)
    const elsewhere = '[ ! -e /proc/self/autogroup ] || echo 19 > /proc/$$/autogroup\nexec nice -n 19'
    await compare(node, child.pid ?? 0, [
      nobody,
      reader,
      pageIn('the page, as on another machine', directory, elsewhere),
      pageIn('the page, on the same processors', directory, 'exec'),
    ])
  } finally {
    await node.stop()
    child.kill()
  }
}

const directory = mkdtempSync(join(tmpdir(), 'lampfield-page-load-'))
try {
  await run(directory)
} finally {
  rmSync(directory, { recursive: true, force: true })
}
