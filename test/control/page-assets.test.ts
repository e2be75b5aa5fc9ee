import { expect, test } from 'vitest'
import { controlSetup, loopback } from './control-setup.ts'

test('the page loads nothing but its own files, and nothing may be put into it', async () => {
  await using setup = await controlSetup({ http: loopback })
  const answer = await fetch(`${setup.server.url}/`)
  expect(answer.headers.get('content-type')).toBe('text/html; charset=utf-8')
  const policy = answer.headers.get('content-security-policy') ?? ''
  expect(policy).toContain("default-src 'none'")
  expect(policy).not.toMatch(/unsafe|\*|data:|https?:/)
  const text = await answer.text()
  expect(text).not.toMatch(/<script(?![^>]*src=)|<style|\sstyle=|\son\w+=|https?:\/\//)
  const named = [...text.matchAll(/(?:src|href)="(\/[^"]*)"/g)].map(([, path]) => path ?? '')
  expect(named.length).toBeGreaterThan(2)
  for (const path of named.filter((one) => !one.endsWith('.js'))) {
    expect([path, (await fetch(setup.server.url + path)).status]).toEqual([path, 200])
  }
})

test('what has not changed is not sent again', async () => {
  await using setup = await controlSetup({ http: loopback })
  const first = await fetch(`${setup.server.url}/page/page.css`)
  const etag = first.headers.get('etag') ?? ''
  expect(first.headers.get('cache-control')).toBe('no-cache')
  const again = await fetch(`${setup.server.url}/page/page.css`, { headers: { 'if-none-match': etag } })
  expect(again.status).toBe(304)
})

test.each(['/page/', '/page/main.ts', '/page/tsconfig.json', '/page/..%2fserver.ts', '/page/%2e%2e/server.ts'])(
  '%s is no part of it',
  async (path) => {
    await using setup = await controlSetup({ http: loopback })
    const answer = await fetch(setup.server.url + path)
    expect(answer.status).toBe(404)
    expect(answer.headers.get('content-type')).toContain('application/problem+json')
  },
)
