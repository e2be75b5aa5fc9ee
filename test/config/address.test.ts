import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readHttpAddress, readListenAddress, readPeerAddress } from '../../src/config/address.ts'
import type { Parsed } from '../../src/state/parsed.ts'
import '../support/seed.ts'

const peerId = '12D3KooWDpJ7As7BWAwRMfu1VU2WCqNjvq387JEYKDBj4kx6nXTN'

const valueOf = <Value>(read: Parsed<Value>): Value | string => (read.ok ? read.value : `no: ${read.reason}`)

describe('listen addresses', () => {
  test.each([
    ['0.0.0.0:0', '/ip4/0.0.0.0/tcp/0'],
    ['10.0.0.7:04001', '/ip4/10.0.0.7/tcp/4001'],
    ['[::]:4001', '/ip6/::/tcp/4001'],
    ['localhost:4001', '/ip4/127.0.0.1/tcp/4001'],
    ['/ip4/10.0.0.7/tcp/4001', '/ip4/10.0.0.7/tcp/4001'],
    ['/ip6/fd00::7/tcp/0', '/ip6/fd00::7/tcp/0'],
  ])('%s', (text, address) => {
    expect(valueOf(readListenAddress(text))).toBe(address)
  })

  test.each([
    '',
    '4001',
    '0.0.0.0',
    '0.0.0.0:65536',
    '::1:4001',
    '[10.0.0.7]:1',
    'pbx1:4001',
    '/ip4/::/tcp/1',
    '/dns4/a/tcp/1',
    '/ip4/1.2.3.4/udp/5',
    '10.0.0.256:1',
    '[fe80::1%eth0]:1',
    'a b:1',
  ])('refuses %j and says what is right', (text) => {
    expect(valueOf(readListenAddress(text))).toMatch(/^no: .*such as 0\.0\.0\.0:4001/)
  })
})

describe('peer addresses', () => {
  test.each([
    ['10.0.0.7:4001', '/ip4/10.0.0.7/tcp/4001'],
    ['pbx-2.example.com:4001', '/dns4/pbx-2.example.com/tcp/4001'],
    ['[fd00::7]:4001', '/ip6/fd00::7/tcp/4001'],
    ['/dns6/pbx2/tcp/4001', '/dns6/pbx2/tcp/4001'],
    [`/ip4/10.0.0.7/tcp/4001/p2p/${peerId}`, `/ip4/10.0.0.7/tcp/4001/p2p/${peerId}`],
    [`pbx2:4001/p2p/${peerId}`, `/dns4/pbx2/tcp/4001/p2p/${peerId}`],
  ])('%s', (text, address) => {
    expect(valueOf(readPeerAddress(text))).toBe(address)
  })

  test.each([
    ['10.0.0.7', 'is no address of a peer'],
    ['10.0.0.7:0', 'has no port to connect to'],
    ['0.0.0.0:4001', 'means every address'],
    ['[::]:4001', 'means every address'],
    ['/ip4/10.0.0.7/tcp/4001/p2p/12D3', 'is no peer ID'],
    ['10.0.0:4001', 'is no address of a peer'],
    ['-a.example:4001', 'is no address of a peer'],
    [`${'x'.repeat(500)}:1`, 'is no address of a peer'],
  ])('refuses %.40s', (text, why) => {
    expect(valueOf(readPeerAddress(text))).toContain(why)
  })
})

describe('HTTP addresses', () => {
  test.each([
    ['8088', { host: '127.0.0.1', port: 8088 }],
    ['127.0.0.1:8088', { host: '127.0.0.1', port: 8088 }],
    ['localhost:8088', { host: 'localhost', port: 8088 }],
    ['[::1]:8088', { host: '::1', port: 8088 }],
    ['10.0.0.7:8088', { host: '10.0.0.7', port: 8088 }],
  ])('%s', (text, address) => {
    expect(valueOf(readHttpAddress(text))).toEqual(address)
  })

  test('is an address of this machine', () => {
    expect(valueOf(readHttpAddress('0.0.0.0:8088'))).toEqual({ host: '0.0.0.0', port: 8088 })
    expect(valueOf(readHttpAddress('pbx.example.com:8088'))).toContain('is no IP address to serve HTTP on')
    expect(valueOf(readHttpAddress('http://x'))).toContain('is no address for HTTP')
    expect(valueOf(readHttpAddress('99999'))).toContain('is no address for HTTP')
  })
})

test('any text gives an address or a sentence', () => {
  const piece = fc.constantFrom(
    '/',
    'ip4',
    'dns',
    'tcp',
    ':',
    '[',
    ']',
    '.',
    '1',
    '::',
    'a',
    '-',
    'p2p',
    peerId,
    '65535',
  )
  const texts = fc.oneof(
    fc.string(),
    fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join('')),
  )
  fc.assert(
    fc.property(texts, (text) => {
      for (const read of [readListenAddress, readPeerAddress, readHttpAddress])
        expect(read(text).ok).toBeTypeOf('boolean')
    }),
  )
})
