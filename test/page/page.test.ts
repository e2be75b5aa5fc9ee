import axe from 'axe-core'
import type { Page } from 'playwright-core'
import { afterAll, describe, expect, test } from 'vitest'
import { describeLive, type LiveCluster } from '../support/live-cluster.ts'
import { tell } from '../support/measure.ts'
import { browserTrouble, HostBrowser, keepPicture } from './browser.ts'

const trouble = browserTrouble()
if (trouble !== undefined) tell(`skipped: the page: ${trouble}`)

interface AxeResult {
  readonly violations: readonly { readonly id: string; readonly nodes: readonly { readonly html: string }[] }[]
}

/** What an accessibility checker finds wrong with the page as it is. */
async function violations(page: Page): Promise<string[]> {
  await page.evaluate(axe.source)
  const { violations: found } = (await page.evaluate('axe.run()')) as AxeResult
  return found.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 160)).join(' | ')}`)
}

const patience = { timeout: 30_000 }

const focused = (page: Page): Promise<unknown> => page.evaluate('document.activeElement.dataset.k')

const shown = (page: Page): Promise<unknown> => page.evaluate(`document.querySelectorAll('.lamp:not([hidden])').length`)

const lamp = (name: string): string => `.lamp[data-k="${name}"]`

describe.skipIf(trouble !== undefined)('the page', () => {
  describeLive('with three servers behind it', 3, (cluster) => {
    let first: HostBrowser | undefined
    let third: HostBrowser | undefined

    const begin = async (): Promise<{ here: HostBrowser; there: HostBrowser; live: LiveCluster }> => {
      const live = cluster()
      if (live.nodes.length === 0) {
        await live.populate(['--http', '127.0.0.1:8088', '--log-level', 'info'])
        const names = ['alice', 'bob', 'carol', 'dave', 'erin', 'frank']
        const states = ['INUSE', 'NOT_INUSE', 'RINGING', 'BUSY', 'ONHOLD', 'UNAVAILABLE'] as const
        for (const [at, name] of names.entries()) {
          await live.node((at % 3) + 1).client.setDeviceState(`PJSIP/${name}`, states[at] ?? 'UNKNOWN')
        }
        await live.node(2).client.setMailbox('100@default', { newMessages: 2, oldMessages: 5 })
      }
      first ??= await HostBrowser.open(live.node(1).host)
      third ??= await HostBrowser.open(live.node(3).host)
      return { here: first, there: third, live }
    }

    afterAll(async () => {
      await first?.[Symbol.asyncDispose]()
      await third?.[Symbol.asyncDispose]()
    })

    test('what is set on one server lights the lamp on the page of another', async () => {
      const { here, there } = await begin()
      const [setting, watching] = [await here.page(), await there.page()]
      await setting.fill('#set-device', 'Custom:door')
      await setting.selectOption('#set-state', 'INUSE')
      await setting.click('#set-form button[type=submit]')
      await watching.waitForSelector(`${lamp('Custom:door')}[data-s=INUSE]`)
      expect(await watching.innerText(lamp('Custom:door'))).toBe('Custom:door\nIn use')
      await watching.waitForSelector('#feed-list li:has-text("Custom:door")')
      await setting.selectOption('#set-state', 'RINGING')
      await setting.click('#set-form button[type=submit]')
      await watching.waitForSelector(`${lamp('Custom:door')}[data-s=RINGING]`)
      await keepPicture(watching, 'desktop-light')
      await setting.click('#set-unset')
      await watching.waitForSelector(lamp('Custom:door'), { state: 'detached' })
    })

    test('servers, round trips, mailboxes, agreement and the open cluster are told', async () => {
      const { here } = await begin()
      const page = await here.page({ colorScheme: 'dark' })
      await page.waitForSelector('#members li:nth-child(3)')
      expect(await page.innerText('#alive')).toBe('3 of 3 in sight')
      await expect.poll(() => page.textContent('#map'), patience).toMatch(/\d ?m?s/)
      await page.waitForSelector('#agreement:has-text("All 3 agree")')
      await page.waitForSelector('.banner:has-text("Open cluster")')
      await page.waitForSelector('#mailbox-list li:has-text("100@default") .mail[data-new=true]')
      await page.click('#agreement')
      await page.waitForSelector('#check:has-text("All that can be reached agree")')
      await page.keyboard.press('Escape')
      await keepPicture(page, 'desktop-dark')
    })

    test('a lamp tells what it is made of, and everything can be done by keyboard', async () => {
      const { here, live } = await begin()
      await live.node(1).client.setDeviceState('Custom:shared', 'INUSE')
      await live.node(2).client.setDeviceState('Custom:shared', 'RINGING')
      const page = await here.page()
      await page.waitForSelector(`${lamp('Custom:shared')}[data-s=RINGINUSE]`)
      await page.keyboard.press('/')
      await page.keyboard.type('shared')
      await expect.poll(() => shown(page), patience).toBe(1)
      expect(await page.textContent('#shown')).toMatch(/^1 of \d+$/)
      await page.keyboard.press('ArrowDown')
      expect(await focused(page)).toBe('Custom:shared')
      await page.keyboard.press('Enter')
      await page.waitForSelector('#explain[open]')
      const sheet = await page.innerText('#explain')
      expect(sheet).toContain('RINGING together with INUSE gives RINGINUSE')
      expect(sheet).toMatch(/pbx1[^]*In use[^]*pbx2[^]*Ringing/)
      await keepPicture(page, 'explain')
      await page.keyboard.press('Escape')
      expect(await focused(page)).toBe('Custom:shared')
      await page.keyboard.press('/')
      await page.keyboard.press('Delete')
      await expect.poll(() => shown(page), patience).toBeGreaterThan(5)
      await page.keyboard.press('ArrowDown')
      await page.keyboard.press('End')
      expect(await focused(page)).toBe('PJSIP/frank')
      await page.keyboard.press('ArrowLeft')
      expect(await focused(page)).toBe('PJSIP/erin')
      await page.selectOption('#grouping', 'server')
      await page.waitForSelector('.group h3:has-text("pbx2")')
      await page.click('.chip[data-s=BUSY]')
      await expect.poll(() => shown(page), patience).toBe(1)
    })

    test('the feed can be stopped and goes on', async () => {
      const { here, live } = await begin()
      const page = await here.page()
      await page.waitForSelector('#link[data-tone=good]')
      await page.click('#pause')
      await live.node(2).client.setDeviceState('Custom:paused', 'BUSY')
      await page.waitForSelector(`${lamp('Custom:paused')}[data-s=BUSY]`)
      expect(await page.locator('#feed-list li:has-text("Custom:paused")').count()).toBe(0)
      await page.click('#pause')
      await live.node(2).client.setDeviceState('Custom:more', 'BUSY')
      await page.waitForSelector('#feed-list li:has-text("Custom:paused")')
    })

    test.each([
      ['on a desk, light', { colorScheme: 'light' }],
      ['on a desk, dark', { colorScheme: 'dark' }],
      ['on a phone', { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true }],
    ] as const)('%s nothing keeps people out', async (what, options) => {
      const { here } = await begin()
      const page = await here.page(options)
      await page.waitForSelector(lamp('PJSIP/alice'))
      await page.waitForSelector('#members li:nth-child(3)')
      expect(await violations(page)).toEqual([])
      const overflow = await page.evaluate('document.documentElement.scrollWidth - window.innerWidth')
      expect(overflow).toBeLessThanOrEqual(0)
      if (what === 'on a phone') await keepPicture(page, 'phone')
      await page.click(lamp('PJSIP/alice'))
      await page.waitForSelector('#explain[open]')
      expect(await violations(page)).toEqual([])
    })

    test('a partition is seen as such on both sides, and its end too', async () => {
      const { here, there, live } = await begin()
      const [ours, theirs] = [await here.page(), await there.page()]
      await ours.waitForSelector(lamp('PJSIP/carol'))
      live.lan.cut(live.node(3).host)
      await ours.waitForSelector('.banner:has-text("1 of 3 servers out of sight")')
      await ours.waitForSelector('#members li[data-status=down]:has-text("pbx3")')
      await ours.waitForSelector('#map .fault', { state: 'attached' })
      expect(await ours.textContent('#gone')).toBe('1 out of sight')
      await ours.waitForSelector(lamp('PJSIP/carol'), { state: 'detached' })
      await theirs.waitForSelector('.banner:has-text("2 of 3 servers out of sight")')
      await theirs.waitForSelector('#agreement:has-text("Cut off from all others")')
      await keepPicture(ours, 'partition')
      await live.node(1).client.setDeviceState('Custom:meanwhile', 'INUSE')
      live.lan.join(live.node(3).host)
      await theirs.waitForSelector(`${lamp('Custom:meanwhile')}[data-s=INUSE]`)
      await ours.waitForSelector(lamp('PJSIP/carol'))
      await ours.waitForSelector('.banner:has-text("out of sight")', { state: 'detached' })
    })

    test('a page whose node was away says so, and catches up with what it missed', async () => {
      const { here, live } = await begin()
      const page = await here.page()
      await page.waitForSelector(lamp('PJSIP/alice'))
      await live.node(1).kill()
      await page.waitForSelector('.banner:has-text("Connection lost")')
      await page.waitForSelector('#link[data-tone=bad]')
      await keepPicture(page, 'lost')
      await live.node(2).client.setDeviceState('Custom:missed', 'ONHOLD')
      await live.node(2).client.unsetDeviceState('PJSIP/erin')
      await live.node(1).start()
      await page.waitForSelector('#link[data-tone=good]')
      await page.waitForSelector(`${lamp('Custom:missed')}[data-s=ONHOLD]`)
      await page.waitForSelector(lamp('PJSIP/erin'), { state: 'detached' })
      // What the killed node said itself was of its last life.
      await page.waitForSelector(lamp('PJSIP/alice'), { state: 'detached' })
    })

    test('no page complained of anything', async () => {
      const { here, there } = await begin()
      expect([...here.complaints, ...there.complaints]).toEqual([])
    })
  })
})
