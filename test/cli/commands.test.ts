import { expect, test } from 'vitest'
import { controlSetup, type ControlSetup } from '../control/control-setup.ts'
import { entityB, member, peerB } from '../control/fake-node.ts'
import { cli, type CliResult, type CliSurroundings } from './cli-run.ts'

function ask(setup: ControlSetup, line: string, surroundings?: CliSurroundings): Promise<CliResult> {
  return cli([...line.split(' '), '--data-dir', setup.dataDirectory], surroundings)
}

test('set, get, devices and unset', async () => {
  await using setup = await controlSetup()
  expect(await ask(setup, 'set Custom:mystate inuse')).toEqual({ code: 0, out: '', err: '' })
  expect(await ask(setup, 'set PJSIP/alice RINGING')).toMatchObject({ code: 0 })
  expect((await ask(setup, 'get Custom:mystate')).out).toBe('INUSE')
  expect(JSON.parse((await ask(setup, 'get PJSIP/alice --json')).out)).toEqual({
    name: 'PJSIP/alice',
    state: 'RINGING',
  })
  expect((await ask(setup, 'devices')).out).toBe(
    ['DEVICE          STATE', 'Custom:mystate  INUSE', 'PJSIP/alice     RINGING'].join('\n'),
  )
  expect(JSON.parse((await ask(setup, 'devices PJSIP/* --json')).out)).toEqual([
    { name: 'PJSIP/alice', state: 'RINGING' },
  ])
  expect(await ask(setup, 'unset PJSIP/alice')).toEqual({ code: 0, out: '', err: '' })
  expect((await ask(setup, 'unset PJSIP/alice')).err).toContain('nothing to take back')
  expect((await ask(setup, 'get PJSIP/alice')).out).toBe('INVALID')
})

test('an unknown state is refused with the ones that there are', async () => {
  await using setup = await controlSetup()
  const refused = await ask(setup, 'set Custom:x IN_USE')
  expect(refused).toMatchObject({ code: 2, out: '' })
  expect(refused.err).toMatch(/^lampfield: "IN_USE" is no device state: .*NOT_INUSE, INUSE, BUSY.*$/)
  expect(setup.node.list('device_state')).toEqual([])
})

test('mwi set, get, unset and mailboxes', async () => {
  await using setup = await controlSetup()
  expect(await ask(setup, 'mwi get 100@default')).toMatchObject({ code: 1, out: '' })
  expect(await ask(setup, 'mwi set 100@default 2 10')).toEqual({ code: 0, out: '', err: '' })
  expect((await ask(setup, 'mwi get 100@default')).out).toBe('2 new, 10 old')
  expect(JSON.parse((await ask(setup, 'mwi get 100@default --json')).out)).toEqual({
    name: '100@default',
    old_messages: 10,
    new_messages: 2,
  })
  expect((await ask(setup, 'mailboxes')).out).toBe('MAILBOX      NEW  OLD\n100@default    2   10')
  expect(JSON.parse((await ask(setup, 'mailboxes --json')).out)).toHaveLength(1)
  expect(await ask(setup, 'mwi set 100@default many 0')).toMatchObject({ code: 2 })
  expect(await ask(setup, 'mwi set 100@a@b 1 0')).toMatchObject({ code: 2 })
  expect(await ask(setup, 'mwi unset 100@default')).toMatchObject({ code: 0 })
  expect((await ask(setup, 'mailboxes --json')).out).toBe('[]')
})

test('trust list, forget and pin', async () => {
  await using setup = await controlSetup()
  const entity = '02:00:00:00:00:0b'
  expect((await ask(setup, 'trust list')).out).toContain('CLAIMED BY')
  expect(JSON.parse((await ask(setup, 'trust list --json')).out)).toEqual([
    { entity, name: 'pbx-b', peer: peerB, standing: 'alive', claimedBy: null },
  ])
  expect(await ask(setup, `trust forget ${entity}`)).toMatchObject({ code: 0 })
  expect(await ask(setup, `trust forget ${entity}`)).toMatchObject({
    code: 1,
    err: `nothing is known of ${entity} here`,
  })
  expect((await ask(setup, 'trust list')).err).toContain('no other server')
  const peer = '12D3KooWEyoppNCUx8Yx66oV9fJnriXwCcXwDDUA2kj6vnc6iDEp'
  expect(await ask(setup, `trust pin ${entity} ${peer}`)).toMatchObject({ code: 0 })
  expect(JSON.parse((await ask(setup, 'trust list --json')).out)).toMatchObject([{ entity, peer, standing: 'unseen' }])
  expect((await ask(setup, `trust pin ${entity} me`)).err).toContain('"me" is no peer ID')
  expect(await ask(setup, 'trust forget pbx-b')).toMatchObject({ code: 2 })
})

test('members shows who is here, and that the cluster is open', async () => {
  await using setup = await controlSetup()
  setup.node.memberViews = [
    member({}),
    member({
      entity: entityB,
      name: 'pbx-b',
      peer: peerB,
      status: 'down',
      connected: false,
      heardAgoMs: 4200,
      roundTripMs: 1.23,
      alarms: ['two nodes have this entity ID'],
    }),
  ]
  const { out, err } = await ask(setup, 'members')
  expect(out.split('\n')).toEqual([
    'ENTITY             NAME   STATUS        FOR      HEARD  LINK     RTT  ENTRIES  ALARMS',
    '02:00:00:00:00:0a  pbx-a  self    1 min 1 s  0.0 s ago  -          -        2',
    '02:00:00:00:00:0b  pbx-b  down    1 min 1 s  4.2 s ago  none  1.2 ms        2  two nodes have this entity ID',
  ])
  expect(err).toBe('cluster "test" is open: anyone on the network may join and write')
  setup.node.keyed = true
  expect((await ask(setup, 'members')).err).toBe('')
  expect(JSON.parse((await ask(setup, 'members --json')).out)).toMatchObject([
    { entity: '02:00:00:00:00:0a', roundTripMs: null },
    { status: 'down', roundTripMs: 1.23, alarms: ['two nodes have this entity ID'] },
  ])
})

test('channels, settings, stats and hints', async () => {
  await using setup = await controlSetup({
    settings: () => [
      { name: 'cluster', value: 'test', source: '/etc/lampfield/lampfield.conf:3' },
      { name: 'peer', value: ['/ip4/192.0.2.1/tcp/4001', '/ip4/192.0.2.2/tcp/4001'], source: '--peer' },
      { name: 'key_file', value: null, source: 'default' },
      { name: 'mdns', value: true, source: 'LAMPFIELD_MDNS' },
    ],
  })
  await setup.node.set('device_state', 'Custom:mystate', 'INUSE')
  expect((await ask(setup, 'channels')).out.split('\n')).toEqual([
    'CHANNEL       PUBLISH  SUBSCRIBE  KEYS  OWN  PUBLISHERS  SUBSCRIBERS',
    'device_state  yes      yes           1    1           2            2',
    'mwi           yes      yes           0    0           2            2',
  ])
  expect((await ask(setup, 'settings')).out.split('\n')).toEqual([
    'SETTING   VALUE                                             FROM',
    'cluster   test                                              /etc/lampfield/lampfield.conf:3',
    'peer      /ip4/192.0.2.1/tcp/4001, /ip4/192.0.2.2/tcp/4001  --peer',
    'key_file  -                                                 default',
    'mdns      true                                              LAMPFIELD_MDNS',
  ])
  expect((await ask(setup, 'stats')).out).toContain('changes_published          3')
  expect(JSON.parse((await ask(setup, 'stats --json')).out)).toMatchObject({ changes_published: 3 })
  expect((await ask(setup, 'hints')).out.split('\n')).toEqual([
    'EXTENSION  DEVICES                     STATE  WATCHERS',
    '1234       Custom:mystate&PJSIP/alice  InUse         0',
  ])
  expect(JSON.parse((await ask(setup, 'hints --json')).out)).toMatchObject([
    { extension: '1234', state: 'InUse', code: 1 },
  ])
})

test('explain says who says what and which rule decided', async () => {
  await using setup = await controlSetup()
  await setup.node.set('device_state', 'Custom:x', 'INUSE')
  const lines = (await ask(setup, 'explain Custom:x')).out.split('\n')
  expect(lines[0]).toBe('Custom:x is INUSE')
  expect(lines[1]).toBe('the only entry counts')
  expect(lines[3]).toMatch(/^02:00:00:00:00:0a {2}pbx-a {2}INUSE .* 7 {2}self {4}yes {5}it is this node$/)
  await setup.node.set('mwi', '100@default', { newMessages: 1, oldMessages: 0 })
  const { out } = await ask(setup, 'explain --channel mwi 100@default --json')
  expect(JSON.parse(out)).toMatchObject({ channel: 'mwi', value: { newMessages: 1 }, entries: [{ counted: true }] })
  expect((await ask(setup, 'explain Custom:none')).out).toContain('Custom:none is nothing')
  expect(await ask(setup, 'explain --channel weather x')).toMatchObject({ code: 1, out: '' })
})

test('check exits with 1 and names who differs on what', async () => {
  await using setup = await controlSetup()
  const name = 'pbx-b'
  setup.node.report = {
    agreed: true,
    alarms: [],
    members: [{ entity: entityB, name, verdict: 'agrees', findings: [], differences: [] }],
  }
  expect(await ask(setup, 'check')).toEqual({
    code: 0,
    out: 'pbx-b (02:00:00:00:00:0b) agrees\nall agree: this node and 1 other member',
    err: '',
  })
  const differences = [{ channel: 'device_state', key: 'Custom:x', here: 'INUSE', there: undefined }]
  setup.node.report = {
    agreed: false,
    alarms: ['two nodes have the entity ID 02:00:00:00:00:0b'],
    members: [
      { entity: entityB, name, verdict: 'differs', findings: ['it counts pbx-c, this node does not'], differences },
    ],
  }
  const { code, out } = await ask(setup, 'check')
  expect(code).toBe(1)
  expect(out.split('\n')).toEqual([
    'pbx-b (02:00:00:00:00:0b) differs',
    '  it counts pbx-c, this node does not',
    '  device_state Custom:x: INUSE here, nothing there',
    'alarm: two nodes have the entity ID 02:00:00:00:00:0b',
    'not all agree',
  ])
  const json = await ask(setup, 'check --json')
  expect(json.code).toBe(1)
  expect(JSON.parse(json.out)).toMatchObject({ agreed: false, members: [{ differences: [{ there: null }] }] })
})

test('check exits with 1 where nobody can be reached, or fewer than there should be', async () => {
  await using setup = await controlSetup()
  const [name, down] = ['pbx-b', { entity: entityB, verdict: 'unreachable', differences: [] }] as const
  setup.node.report = { agreed: false, alarms: [], members: [{ ...down, name, findings: ['it is down'] }] }
  expect(await ask(setup, 'check')).toMatchObject({
    code: 1,
    out: 'pbx-b (02:00:00:00:00:0b) unreachable\n  it is down\nno other member can be reached: nothing was compared',
  })
  const alone = 'no other member is known: there is nothing to compare'
  setup.node.report = { agreed: true, alarms: [], members: [] }
  expect(await ask(setup, 'check')).toMatchObject({ code: 0, out: alone })
  expect(await ask(setup, 'check --others 2')).toMatchObject({
    code: 1,
    out: `${alone}\n2 other members should agree, 0 did`,
  })
  expect(await ask(setup, 'check --others some')).toMatchObject({ code: 2 })
})

test('watch tells changes as they happen, with --json one object a line', async () => {
  await using setup = await controlSetup()
  for (const [line, expected] of [
    ['watch Custom:*', /^\d\d:\d\d:\d\d\.\d{3} {2}Custom:x: INUSE -> BUSY {2}by pbx-b \(02:00:00:00:00:0b\)$/],
    ['watch Custom:* --json', /^\{"type":"change","timestamp":"[^"]+Z","channel":"device_state","key":"Custom:x".*\}$/],
  ] as const) {
    const leaving = new AbortController()
    let seen = ''
    await setup.node.set('device_state', 'Custom:x', 'INUSE')
    const watching = ask(setup, line, {
      signal: leaving.signal,
      onOut(text) {
        seen = text
        leaving.abort()
      },
    })
    while ((await setup.client.stats())['event_streams_open'] === 0);
    setup.node.change('device_state', 'PJSIP/alice', 'INUSE')
    setup.node.change('device_state', 'Custom:x', 'BUSY', entityB)
    expect((await watching).code).toBe(0)
    expect(seen).toMatch(expected)
    while ((await setup.client.stats())['event_streams_open'] === 1);
  }
})

test('watch says when the node stops', async () => {
  await using setup = await controlSetup()
  const watching = ask(setup, 'watch --channel mwi')
  while ((await setup.client.stats())['event_streams_open'] === 0);
  await setup.server.stop()
  expect(await watching).toEqual({ code: 1, out: '', err: 'the node stopped' })
})

test('what another machine named cannot command the terminal', async () => {
  await using setup = await controlSetup()
  const hostile = 'pbx\u001B[2J\u202Eb'
  setup.node.memberViews = [member({ name: hostile })]
  const { out } = await ask(setup, 'members', { colour: true })
  expect(out).toContain('pbx\\u{1b}[2J\\u{202e}b')
  expect(out).toContain('\u001B[32mself\u001B[0m')
})

test('no node is one clear line', async () => {
  for (const line of [
    'members',
    'devices',
    'get x',
    'set x INUSE',
    'mwi get 1',
    'hints',
    'check',
    'watch',
    'settings --json',
  ]) {
    expect(await cli([...line.split(' '), '--data-dir', '/nonexistent/lampfield']), line).toEqual({
      code: 1,
      out: '',
      err: 'lampfield: no node runs with data directory /nonexistent/lampfield: start one with `lampfield start`',
    })
  }
})

test('the data directory comes from the flag, else the environment', async () => {
  await using setup = await controlSetup()
  const env = { LAMPFIELD_DATA_DIR: setup.dataDirectory, LAMPFIELD_LOG_LEVEL: 'loud' }
  expect(await cli(['devices', '--json'], { env })).toMatchObject({ code: 0, out: '[]' })
  expect(await cli(['--data-dir', setup.dataDirectory, 'devices', '--json'])).toMatchObject({ code: 0, out: '[]' })
  expect(await cli(['devices', '--data-dir', '/nonexistent'], { env })).toMatchObject({ code: 1 })
})
