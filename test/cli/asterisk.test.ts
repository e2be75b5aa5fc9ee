import { spawn } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, test } from 'vitest'
import type { BridgeStatus } from '../../src/asterisk/status.ts'
import { ControlClient } from '../../src/control/client.ts'
import { pjsipConf } from '../../src/asterisk/pjsip-conf.ts'
import { bridgeStatus } from '../asterisk/bridge-status.ts'
import { usualSettings } from '../asterisk/site.ts'
import { publishText } from '../asterisk/sip/messages.ts'
import { controlSetup } from '../control/control-setup.ts'
import { cli } from './cli-run.ts'

const home = mkdtempSync(join(tmpdir(), 'lampfield-asterisk-'))
afterAll(() => rmSync(home, { recursive: true, force: true }))

function conf(text: string): string {
  const file = join(home, 'lampfield.conf')
  writeFileSync(file, text)
  return file
}

describe('asterisk config', () => {
  test('prints the block for the defaults, and for what a file says', async () => {
    expect(await cli(['asterisk', 'config'])).toEqual({ code: 0, out: pjsipConf(usualSettings), err: '' })
    const file = conf('[asterisk]\nmode = observe\ntransport = tcp\ndevices_out = ^PJSIP/')
    const { code, out } = await cli(['asterisk', 'config', '--config', file])
    expect(code).toBe(0)
    expect(out).toBe(pjsipConf({ ...usualSettings, transport: 'tcp', devicesOut: '^PJSIP/' }))
  })

  test('with a file that is wrong says where', async () => {
    const { code, err } = await cli(['asterisk', 'config', '--config', conf('[asterisk]\ntransport = sctp')])
    expect(code).toBe(2)
    expect(err).toContain('lampfield.conf:2: transport: "sctp" is none of udp, tcp')
  })
})

describe('asterisk status', () => {
  const status = async (difference: Partial<BridgeStatus>): ReturnType<typeof cli> => {
    await using setup = await controlSetup({ asterisk: () => bridgeStatus(difference) })
    return cli(['asterisk', 'status', '--data-dir', setup.dataDirectory])
  }

  test('shows the link and what differs', async () => {
    const { code, out } = await status({})
    expect(code).toBe(0)
    expect(out).toMatch(/^link: +up for 1 min 1 s, heard 0\.4 s ago$/m)
    expect(out).toMatch(/^told to Asterisk: +2 devices, 3 mailboxes in 1 publication$/m)
    expect(out).toMatch(/^last error: +none$/m)
    expect(out).toMatch(/^differences: +1 of 3 devices$/m)
    expect(out).toMatch(/^Custom:night +INUSE +NOT_INUSE$/m)
  })

  test('of a node that observes says that Asterisk is told nothing, and when it may be heard', async () => {
    const { out } = await status({ mode: 'observe', link: 'down', heardAgoMs: null, publicationsOut: 0 })
    expect(out).toMatch(/^link: +down for 1 min 1 s, nothing was heard yet: it speaks once a minute, and when/m)
    expect(out).toMatch(/^told to Asterisk: +nothing; it would be 2 devices, 3 mailboxes$/m)
  })

  test('ends with 1 where nothing is exchanged', async () => {
    expect(await status({ link: 'down' })).toMatchObject({ code: 1 })
    const { code, out } = await status({
      exchanges: false,
      lastError: { at: '2026-01-01T00:00:00.000Z', sentence: 'set entity_id' },
    })
    expect(code).toBe(1)
    expect(out).toContain('another one, so nothing is exchanged')
    expect(out).toContain('set entity_id')
  })

  test('tells how to make a link where there is none', async () => {
    await using setup = await controlSetup()
    const { code, err } = await cli(['asterisk', 'status', '--data-dir', setup.dataDirectory])
    expect(code).toBe(1)
    expect(err).toContain('set mode = bridge in the [asterisk] section')
  })
})

test('a node whose entity ID nobody chose begins again as the entity of its Asterisk', async () => {
  const pbx = createSocket('udp4')
  pbx.bind(0, '127.0.0.1')
  await once(pbx, 'listening')
  const spare = createSocket('udp4')
  spare.bind(0, '127.0.0.1')
  await once(spare, 'listening')
  const port = spare.address().port
  spare.close()
  const file = conf(
    `[asterisk]\nmode = bridge\nsip_listen = 127.0.0.1:${port}\nasterisk = 127.0.0.1:${pbx.address().port}\n`,
  )
  const main = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url))
  const directory = join(home, 'node')
  const args = [
    '--import',
    'tsx',
    main,
    'start',
    '--config',
    file,
    '--data-dir',
    directory,
    '--no-mdns',
    '--listen',
    '127.0.0.1:0',
  ]
  const child = spawn(process.execPath, args, { env: { PATH: process.env['PATH'], HOME: home }, stdio: 'ignore' })
  const ended = once(child, 'exit')
  try {
    const client = new ControlClient(directory)
    const eid = '02:00:00:00:00:77'
    const hello = publishText({ event: 'asterisk-devicestate', body: `{"type":"refresh","eid":"${eid}"}` })
    let told = 0
    await expect
      .poll(
        async () => {
          // As Asterisk, which says it again until it is answered.
          pbx.send(hello.replace('z9hG4bKPj1', `z9hG4bKPj${(told += 1)}`), port, '127.0.0.1')
          return (await client.node().catch(() => undefined))?.entity
        },
        { timeout: 50_000, interval: 200 },
      )
      .toBe(eid)
    await expect
      .poll(() => client.asterisk<BridgeStatus>(), { timeout: 20_000 })
      .toMatchObject({ entity: eid, exchanges: true })
  } finally {
    child.kill('SIGKILL')
    await ended
    pbx.close()
  }
})
