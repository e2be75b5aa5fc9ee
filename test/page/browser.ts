import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core'
import type { Host } from '../support/namespaces.ts'

export const executable = '/usr/bin/chromium'
const pictures = join(import.meta.dirname, '..', '..', '.artifacts', 'page')

/** Why no page can be looked at here; undefined where one can. */
export const browserTrouble = (): string | undefined =>
  existsSync(executable) ? undefined : `there is no ${executable}; Debian's package is chromium`

export const browserFlags: readonly string[] = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/** A browser that runs on a host of a test network, as if somebody sat before that server. */
export class HostBrowser implements AsyncDisposable {
  readonly #browser: Browser
  readonly #directory: string
  /** What pages said that should not be said: errors, and refused by their own policy. */
  readonly complaints: string[] = []

  private constructor(browser: Browser, directory: string) {
    this.#browser = browser
    this.#directory = directory
  }

  static async open(host: Host): Promise<HostBrowser> {
    const directory = mkdtempSync(join(tmpdir(), 'lampfield-browser-'))
    const starter = join(directory, 'chromium')
    const [command, args] = host.commandLine(executable, [])
    const line = [command, ...args].map((word) => `'${word}'`).join(' ')
    writeFileSync(starter, `#!/bin/sh\nexec ${line} "$@"\n`, { mode: 0o700 })
    const browser = await chromium.launch({ executablePath: starter, args: [...browserFlags], timeout: 60_000 })
    return new HostBrowser(browser, directory)
  }

  /** The page of the node on this host. */
  async page(options: BrowserContextOptions = {}, url = 'http://127.0.0.1:8088/'): Promise<Page> {
    const context = await this.#browser.newContext({ viewport: { width: 1440, height: 900 }, ...options })
    const page = await context.newPage()
    page.setDefaultTimeout(30_000)
    page.on('pageerror', ({ message }) => this.complaints.push(message))
    page.on('console', (message) => {
      // A node that is away is told by the browser as an error of the network.
      if (message.type() === 'error' && !message.text().includes('net::ERR')) this.complaints.push(message.text())
    })
    await page.goto(url)
    return page
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#browser.close()
    rmSync(this.#directory, { recursive: true, force: true })
  }
}

/** Keeps a picture for people to look at. */
export async function keepPicture(page: Page, name: string): Promise<void> {
  mkdirSync(pictures, { recursive: true })
  await page.screenshot({ path: join(pictures, `${name}.png`) })
}
