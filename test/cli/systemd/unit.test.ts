import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { unitText } from '../../../src/cli/systemd/unit.ts'
import { tell } from '../../support/measure.ts'
import { cli } from '../cli-run.ts'

const usual = { user: 'lampfield', program: ['/usr/bin/node', '/opt/lampfield/dist/cli/main.js'], config: undefined }

test('the unit runs this very program, as a user of its own, with a watchdog and without rights', async () => {
  const { code, out, err } = await cli(['systemd', '--user', 'asterisk', '--config', '/etc/lampfield/x.conf'])
  expect({ code, err }).toEqual({ code: 0, err: '' })
  const lines = out.split('\n')
  expect(lines).toEqual(
    expect.arrayContaining([
      'Type=notify',
      'NotifyAccess=all',
      'WatchdogSec=30',
      'User=asterisk',
      'StateDirectory=lampfield',
      'NoNewPrivileges=yes',
      'ProtectSystem=strict',
      'ExecReload=/bin/kill -HUP $MAINPID',
    ]),
  )
  expect(lines.find((line) => line.startsWith('ExecStart='))).toMatch(
    new RegExp(`^ExecStart=${process.execPath} \\S+ start --config /etc/lampfield/x\\.conf$`),
  )
  expect(await cli(['systemd', '--user', 'a b'])).toMatchObject({ code: 2, out: '' })
})

test('what systemd would read otherwise is quoted', () => {
  const text = unitText({ ...usual, program: ['/usr/bin/node', '/opt/my lamps/100%/$x"/main.js'] })
  expect(text).toContain('ExecStart=/usr/bin/node "/opt/my lamps/100%%/$$x\\"/main.js" start\n')
})

test('a program that lies in a home stays readable', () => {
  expect(unitText(usual)).toContain('\nProtectHome=yes\n')
  const atHome = { ...usual, program: ['/home/pbx/.nvm/node', '/opt/x.js'] }
  expect(unitText(atHome)).toContain('\nProtectHome=read-only\n')
})

const found = spawnSync('systemd-analyze', ['--version']).error === undefined
if (!found) tell('skipped: systemd-analyze is not installed, and nobody else can tell whether systemd takes the unit')

test.skipIf(!found)('systemd takes the unit, and thinks it well closed', () => {
  const directory = mkdtempSync(join(tmpdir(), 'lampfield-unit-'))
  try {
    const unit = join(directory, 'lampfield.service')
    const program = [process.execPath, process.execPath]
    writeFileSync(unit, unitText({ ...usual, user: 'root', program }))
    const verified = spawnSync('systemd-analyze', ['verify', '--man=no', unit], { encoding: 'utf8' })
    // It also complains of units of this machine.
    const complaints = (verified.stdout + verified.stderr).split('\n').filter((line) => line.includes('lampfield'))
    expect(complaints).toEqual([])
    writeFileSync(unit, unitText({ ...usual, program }))
    const args = ['security', '--offline=true', '--threshold=25', unit]
    const security = spawnSync('systemd-analyze', args, { encoding: 'utf8' })
    tell(security.stdout.trim().split('\n').at(-1) ?? '')
    expect(security).toMatchObject({ status: 0 })
  } finally {
    rmSync(directory, { recursive: true })
  }
})
