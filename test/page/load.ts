/**
 * Run by hand: `npx tsx test/page/load.ts [devices] [changes a second] [seconds]`. One node says states of many devices at a steady
 * pace; another one, which shows them on its page, is asked how late they came, first without a page and then with one open in Chromium.
 * Told are the delays of both times, and what the page's own frames and long tasks were.
 */
import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { cpus, loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromium } from 'playwright-core'
import { createNode } from '../../src/node/create-node.ts'
import type { Node } from '../../src/node/node.ts'
import { deviceStates } from '../../src/state/device-state.ts'
import { builtMain } from '../support/build.ts'
import { tell } from '../support/measure.ts'
import { browserFlags } from './browser.ts'

const [devices = 20_000, perSecond = 1000, seconds = 15] = process.argv.slice(2).map(Number)
const [httpPort, peerPort] = [18_288, 19_288]
const url = `http://127.0.0.1:${httpPort}`

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

/** Changes at a steady pace: so many every 20 ms. */
async function storm(node: Node): Promise<number[]> {
  const end = new AbortController()
  const listening = delays(end.signal)
  await sleep(500)
  const startMs = performance.now()
  for (let made = 0; made < perSecond * seconds;) {
    const due = Math.min(perSecond * seconds, Math.floor(((performance.now() - startMs) * perSecond) / 1000))
    for (; made < due; made += 1) {
      const key = `PJSIP/${(made * 7919) % devices}`
      const before = node.get('device_state', key)
      void node.set('device_state', key, before === 'INUSE' ? 'NOT_INUSE' : 'INUSE')
    }
    await sleep(20)
  }
  await sleep(1000)
  end.abort()
  return listening
}

const told = (name: string, values: readonly number[]): void =>
  tell(
    `${name}: ${values.length} entries, p50 ${quantile(values, 0.5)} ms, p99 ${quantile(values, 0.99)} ms, load ${loadavg()[0]?.toFixed(1)} on ${cpus().length} cores`,
  )

const watchFrames = `
  window.frames_ = []; window.long_ = [];
  new PerformanceObserver((list) => { for (const task of list.getEntries()) window.long_.push(task.duration) }).observe({ type: 'longtask' });
  let last = performance.now();
  const step = () => { const now = performance.now(); window.frames_.push(now - last); last = now; requestAnimationFrame(step) };
  requestAnimationFrame(step);
`

async function withPage(node: Node): Promise<void> {
  const browser = await chromium.launch({
    executablePath: '/usr/bin/chromium',
    args: [...browserFlags],
  })
  try {
    const page = await browser.newPage({ viewport: { width: 1440, height: 900 } })
    const startMs = performance.now()
    await page.goto(url)
    await until(async () => (await page.textContent('#shown')) === devices.toLocaleString('en-US'))
    tell(`all ${devices} lamps stood after ${Math.round(performance.now() - startMs)} ms`)
    await page.evaluate(watchFrames)
    told('with a page', await storm(node))
    const { frames, long } = (await page.evaluate('({ frames: window.frames_, long: window.long_ })')) as {
      frames: number[]
      long: number[]
    }
    tell(
      `frames: ${frames.length}, p50 ${quantile(frames, 0.5).toFixed(1)} ms, p99 ${quantile(frames, 0.99).toFixed(1)} ms; tasks over 50 ms: ${long.length}, longest ${Math.max(0, ...long).toFixed(0)} ms`,
    )
    const clickMs = performance.now()
    await page.click('.lamp')
    await page.waitForSelector('#explain[open]')
    tell(`a click was explained after ${Math.round(performance.now() - clickMs)} ms`)
  } finally {
    await browser.close()
  }
}

async function run(directory: string): Promise<void> {
  const args = [
    'start',
    '--data-dir',
    directory,
    '--cluster',
    'page-load',
    '--entity-id',
    '02:00:00:00:98:02',
    '--no-mdns',
    '--listen',
    `127.0.0.1:${peerPort}`,
    '--http',
    `127.0.0.1:${httpPort}`,
  ]
  const child: ChildProcess = spawn(process.execPath, [builtMain(), ...args], { stdio: 'ignore' })
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
    told('without a page', await storm(node))
    await withPage(node)
    told('without a page again', await storm(node))
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
