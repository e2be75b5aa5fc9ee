import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { controlSetup, loopback, type ControlSetup } from './control-setup.ts'
import { entityB, member } from './fake-node.ts'

/** The samples of a scrape by their names with labels. */
async function scrape(setup: ControlSetup): Promise<ReadonlyMap<string, number>> {
  const answer = await fetch(`${setup.server.url}/metrics`)
  expect(answer.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/)
  const lines = (await answer.text()).split('\n').filter((line) => line !== '' && !line.startsWith('#'))
  return new Map(
    lines.map((line): [string, number] => [line.slice(0, line.lastIndexOf(' ')), Number(line.split(' ').at(-1))]),
  )
}

test('what the node knows is measured, in seconds and bytes, with names and reasons', async () => {
  await using setup = await controlSetup({ http: loopback })
  const others = {
    entity: entityB,
    name: 'pbx-b',
    status: 'alive',
    roundTripMs: 1.5,
    lagMs: 250,
    agrees: false,
    entries: 7,
  }
  setup.node.memberViews = [member({ entries: 2 }), member(others as Parameters<typeof member>[0])]
  setup.node.counts = { changes_published: 3, refused_bad_signature: 2, repairs: 1, pulled_bytes: 100 }
  setup.node.change('device_state', 'Custom:x', 'INUSE', entityB)
  await fetch(`${setup.server.url}/api/v1/node`, { headers: { origin: 'http://evil.example' } })
  const found = Object.fromEntries(await scrape(setup))
  const peer = `{member="pbx-b",entity="${entityB}"}`
  expect(found).toMatchObject({
    [`lampfield_build_info{version="0.0.1",nodejs="${process.version}"}`]: 1,
    'lampfield_members{status="self"}': 1,
    'lampfield_members{status="alive"}': 1,
    'lampfield_members{status="down"}': 0,
    [`lampfield_peer_round_trip_seconds${peer}`]: 0.0015,
    [`lampfield_replication_lag_seconds${peer}`]: 0.25,
    [`lampfield_digest_agreement${peer}`]: 0,
    [`lampfield_entries${peer}`]: 7,
    lampfield_changes_sent_total: 3,
    lampfield_repairs_total: 1,
    'lampfield_anti_entropy_bytes_total{direction="in"}': 100,
    'lampfield_refused_total{reason="bad_signature"}': 2,
    'lampfield_refused_total{reason="http_foreign_origin"}': 1,
    lampfield_convergence_seconds_count: 1,
    'lampfield_convergence_seconds_bucket{le="0.01"}': 0,
    'lampfield_convergence_seconds_bucket{le="0.025"}': 1,
    lampfield_open_cluster: 1,
  })
  const again = await scrape(setup)
  expect(again.get('lampfield_changes_sent_total')).toBe(3)
  setup.node.memberViews = [member({})]
  expect((await scrape(setup)).has(`lampfield_replication_lag_seconds${peer}`)).toBe(false)
})

test('two nodes in one process are measured apart', async () => {
  await using one = await controlSetup({ http: loopback })
  await using two = await controlSetup({ http: loopback })
  one.node.change('device_state', 'Custom:x', 'INUSE', entityB)
  expect((await scrape(one)).get('lampfield_convergence_seconds_count')).toBe(1)
  expect((await scrape(two)).get('lampfield_convergence_seconds_count')).toBe(0)
})

test('the dashboard asks for nothing that is not measured, and says of each panel what it means', async () => {
  await using setup = await controlSetup({ http: loopback })
  setup.node.memberViews = [member({}), member({ entity: entityB, name: 'pbx-b', status: 'alive', roundTripMs: 1 })]
  setup.node.counts = { refused_bad_signature: 1 }
  const path = join(import.meta.dirname, '..', '..', 'src', 'control', 'grafana-dashboard.json')
  const { panels } = JSON.parse(readFileSync(path, 'utf8')) as {
    panels: readonly { type: string; title: string; description?: string; targets?: readonly { expr: string }[] }[]
  }
  const measured = new Set([...(await scrape(setup)).keys()].map((name) => name.split('{')[0]))
  const asked = panels.flatMap(({ targets = [] }) =>
    targets.flatMap(({ expr }) => expr.match(/\b(lampfield|process)_\w+/g) ?? []),
  )
  expect(asked.length).toBeGreaterThan(20)
  expect(asked.filter((name) => !measured.has(name))).toEqual([])
  const silent = panels.filter(({ type, description }) => !['row', 'text'].includes(type) && description === undefined)
  expect(silent).toEqual([])
})
