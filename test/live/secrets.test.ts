import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chmodSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openLevelStore } from '../../src/storage/level-store.ts'
import { describeLive, patienceMs } from '../support/live-cluster.ts'
import { tell } from '../support/measure.ts'
import type { Host } from '../support/namespaces.ts'
import type { NodeProcess } from '../support/processes.ts'

const name = 'geheime-kanzlei'
const [clusterKey, otherKey] = [randomBytes(32), randomBytes(32)]
const token = randomBytes(24).toString('base64url')
const password = `sip-${randomBytes(12).toString('hex')}`

/** Everything that a secret may look like in a text. */
function forms(secret: Uint8Array): string[] {
  const bytes = Buffer.from(secret)
  return [bytes.toString('hex'), bytes.toString('base64'), bytes.toString('base64url'), bytes.join(',')]
}

/** Prints every packet of multicast DNS as hexadecimal digits. */
const eavesdropper = `
const socket = require('node:dgram').createSocket({ type: 'udp4', reuseAddr: true })
socket.on('message', (bytes) => console.log(bytes.toString('hex')))
socket.bind(5353, () => { socket.addMembership('224.0.0.251'); console.log('listening') })
`

function eavesdrop(host: Host): { heard: string; readonly end: () => void } {
  const [command, args] = host.commandLine(process.execPath, ['-e', eavesdropper])
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  const begun = { heard: '', end: () => void child.kill('SIGKILL') }
  child.stdout.on('data', (text: Buffer) => (begun.heard += text.toString()))
  return begun
}

/** What a node answers on its socket. */
function answer(node: NodeProcess, method: string, path: string, body = ''): Promise<string> {
  const headers = body === '' ? {} : { 'content-type': 'application/json' }
  return new Promise((resolve, reject) => {
    const asked = request({ socketPath: join(node.dataDirectory, 'control.sock'), method, path, headers }, (got) => {
      let text = JSON.stringify(got.headers)
      got.on('data', (part: Buffer) => (text += part.toString()))
      got.on('end', () => resolve(text))
    })
    asked.on('error', reject)
    asked.end(body)
  })
}

describeLive('a closed cluster with every secret there is', 2, (cluster) => {
  const file = (label: string, text: string): string => {
    const path = join(cluster().processes.directory, label)
    writeFileSync(path, text, { mode: 0o600 })
    return path
  }
  const keyFile = (label: string, ...keys: readonly Buffer[]): string =>
    file(label, keys.map((key) => `/key/swarm/psk/1.0.0/\n/base16/\n${key.toString('hex')}\n`).join(''))
  /** What anybody could read, and where. */
  const texts = new Map<string, string>()

  test(
    'tells none of them in logs, command lines, answers, listings and errors',
    async () => {
      const { processes, lan } = cluster()
      const config = file(
        'secret.conf',
        `[general]\ncluster = ${name}\nkey_file = ${keyFile('cluster.key', clusterKey, otherKey)}\nhttp = 127.0.0.1:8088\n` +
          `http_token_file = ${file('http.token', `${token}\n`)}\n[asterisk]\nmode = observe\nusername = lampfield\npassword = ${password}\n`,
      )
      const ear = eavesdrop(lan.host(1))
      await expect.poll(() => ear.heard, { timeout: patienceMs }).toContain('listening')
      for (const host of lan.hosts) cluster().add(host, ['--config', config, '--log-level', 'debug'])
      const [a, b] = cluster().nodes as [NodeProcess, NodeProcess]
      await Promise.all([a.start(), b.start()])
      await cluster().settled()
      await a.client.setDeviceState('Custom:night', 'INUSE')
      await b.outlook.when('it is seen', patienceMs, (outlook) => outlook.device('Custom:night') === 'INUSE')

      for (const node of [a, b]) {
        for (const part of ['cmdline', 'environ']) {
          texts.set(`${part} of ${node.name}`, readFileSync(`/proc/${node.pid}/${part}`, 'latin1'))
        }
      }
      const { paths } = JSON.parse(
        `{${(await answer(a, 'GET', '/api/v1/openapi.json')).split('{').slice(2).join('{')}`,
      ) as {
        readonly paths: Readonly<Record<string, object>>
      }
      for (const path of [...Object.keys(paths), '/', '/metrics', '/healthz', '/readyz', '/nowhere']) {
        if (path.includes('events')) continue
        const asked = path.replaceAll(/\{\w+\}/g, 'Custom:night')
        texts.set(`GET ${asked}`, await answer(a, 'GET', asked))
        texts.set(`PUT ${asked}`, await answer(a, 'PUT', asked, '{"deviceState":"INUSE"'))
      }
      const listings = [
        'members',
        'settings',
        'stats',
        'devices',
        'channels',
        'check',
        'trust list',
        'explain Custom:night',
      ]
      for (const listing of [...listings, 'asterisk status']) {
        for (const form of [[], ['--json']]) {
          const { out, err } = await processes.ask(a, [...listing.split(' '), ...form])
          texts.set([listing, ...form].join(' '), out + err)
        }
      }
      const wrong = ['-H', 'Authorization: Bearer wrong', '-is', 'http://127.0.0.1:8088/api/v1/settings']
      const right = ['-H', `Authorization: Bearer ${token}`, '-is', 'http://127.0.0.1:8088/api/v1/settings']
      for (const [label, args] of Object.entries({ wrong, right })) {
        const [command, all] = lan.host(1).commandLine('curl', args)
        const child = spawn(command, all, { stdio: ['ignore', 'pipe', 'inherit'] })
        let told = ''
        child.stdout.on('data', (text: Buffer) => (told += text.toString()))
        await new Promise((resolve) => child.once('close', resolve))
        expect(told).toContain(label === 'wrong' ? '401' : '200')
        texts.set(`curl with the ${label} token`, told)
      }
      chmodSync(join(processes.directory, 'cluster.key'), 0o644)
      const open = await processes.run(lan.host(1), [
        'start',
        '--config',
        config,
        '--data-dir',
        join(processes.directory, 'x'),
      ])
      chmodSync(join(processes.directory, 'cluster.key'), 0o600)
      expect(open.code).not.toBe(0)
      expect(open.err).toMatch(/make it private with chmod 600 /)
      texts.set('a key file that others may read', open.out + open.err)
      texts.set(
        'config check',
        await processes.run(lan.host(1), ['config', 'check', config]).then(({ out, err }) => out + err),
      )

      await Promise.all([a.stop(), b.stop()])
      ear.end()
      for (const node of [a, b]) texts.set(`log of ${node.name}`, node.log)
      const stores = await Promise.all(
        [a, b].map(async ({ dataDirectory }) => openLevelStore(join(dataDirectory, 'store'))),
      )
      const privateKeys: Uint8Array[] = []
      for (const store of stores) {
        const kept = await store.get('identity/key')
        if (kept?.length !== 64) throw new Error('the node has no key')
        privateKeys.push(kept.slice(0, 32))
        await store.close()
      }
      const secrets: Readonly<Record<string, readonly string[]>> = {
        'the cluster key': forms(clusterKey),
        'the next cluster key': forms(otherKey),
        'a private key': privateKeys.flatMap(forms),
        'the token': [token, ...forms(Buffer.from(token))],
        'the password': [password, ...forms(Buffer.from(password))],
      }
      for (const [secret, shapes] of Object.entries(secrets)) {
        for (const [where, text] of texts) {
          expect(
            shapes.some((shape) => text.toLowerCase().includes(shape.toLowerCase())),
            `${secret} in ${where}`,
          ).toBe(false)
        }
      }
      const characters = [...texts.values()].reduce((sum, { length }) => sum + length, 0)
      tell(
        `${texts.size} texts of ${characters} characters were searched for ${Object.values(secrets).flat().length} forms of secrets`,
      )

      // What everybody on the network hears: a tag made with each key, and no word of the cluster.
      const packets = ear.heard.split('\n').filter((line) => /^[0-9a-f]{24,}$/.test(line))
      const heard = packets.map((hex) => Buffer.from(hex, 'hex').toString('latin1'))
      expect(heard.filter((packet) => packet.includes('12D3KooW')).length).toBeGreaterThan(0)
      for (const packet of heard) {
        for (const told of [name, a.name, clusterKey.toString('latin1'), ...forms(clusterKey)])
          expect(packet).not.toContain(told)
      }
    },
    6 * patienceMs,
  )

  test('keeps every file that holds one to its owner', () => {
    for (const { dataDirectory } of cluster().nodes) {
      expect(statSync(dataDirectory).mode & 0o077, dataDirectory).toBe(0)
      for (const entry of readdirSync(dataDirectory, { withFileTypes: true })) {
        if (!entry.isFile()) continue
        expect(statSync(join(dataDirectory, entry.name)).mode & 0o077, entry.name).toBe(0)
      }
    }
  })
})
