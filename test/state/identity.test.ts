import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { documentKey } from '../../src/state/document-id.ts'
import { entityIdBytes, entityIdFromBytes, entityIdFromInterfaces, parseEntityId } from '../../src/state/entity-id.ts'
import { peerIdOf, publicKeyOf } from '../../src/state/peer-id.ts'
import { compareLives, compareVersions } from '../../src/state/version.ts'
import { entity } from './entities.ts'
import { checkProperty } from './property.ts'

describe('entity ID', () => {
  it('is read in any case and written in lower', () => {
    expect(parseEntityId(' 01:23:45:67:89:AB ')).toEqual({ ok: true, value: '01:23:45:67:89:ab' })
  })

  it.each(['', '00:00:00:00:00:00', '0:1:2:3:4:5', '01:23:45:67:89', '01-23-45-67-89-ab', '01:23:45:67:89:abc'])(
    'is not %j',
    (text) => {
      expect(parseEntityId(text).ok).toBe(false)
    },
  )

  it('is six bytes and back', () => {
    checkProperty(
      fc.property(fc.uint8Array({ maxLength: 8 }), (bytes) => {
        const id = entityIdFromBytes(bytes)
        expect(id !== undefined).toBe(bytes.length === 6 && bytes.some((byte) => byte !== 0))
        if (id !== undefined) expect(entityIdBytes(id)).toEqual(bytes)
      }),
      1000,
    )
  })

  it('is that of the first interface with a hardware address', () => {
    const addresses = ['00:00:00:00:00:00', 'ff:ff:ff:ff:ff:ff', '02:42:AC:11:00:02', '02:42:ac:11:00:03']
    const interfaces = addresses.map((mac, at) => ({ interface: `if${at}`, mac }))
    expect(entityIdFromInterfaces(interfaces)).toBe('02:42:ac:11:00:02')
    expect(entityIdFromInterfaces(interfaces.slice(0, 2))).toBeUndefined()
  })
})

describe('peer ID', () => {
  it('is a public key and back', () => {
    checkProperty(
      fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), (publicKey) => {
        const peer = peerIdOf(publicKey)
        expect(peer).toMatch(/^12D3KooW/)
        expect(publicKeyOf(peer)).toEqual(publicKey)
      }),
    )
  })

  it('of anything else is none', () => {
    for (const text of ['', '12D3KooW', 'Qm'.repeat(26), '0'.repeat(52), '😀'.repeat(26)]) {
      expect(publicKeyOf(text)).toBeUndefined()
    }
    expect(() => peerIdOf(new Uint8Array(31))).toThrow(RangeError)
  })
})

describe('version', () => {
  it('is ordered by life, then epoch, then clock', () => {
    const part = fc.nat(2)
    const version = fc.record({ incarnation: part, nonce: part, epoch: part, clock: part })
    checkProperty(
      fc.property(version, version, (a, b) => {
        const [first, second] = [a, b].map((v) => [v.incarnation, v.nonce, v.epoch, v.clock].join(''))
        expect(Math.sign(compareVersions(a, b))).toBe(first === second ? 0 : (first ?? '') < (second ?? '') ? -1 : 1)
        if (compareLives(a, b) !== 0) expect(Math.sign(compareLives(a, b))).toBe(Math.sign(compareVersions(a, b)))
      }),
    )
  })
})

describe('document ID', () => {
  it('has a key of its own', () => {
    const ids = [1, 2].flatMap((who) =>
      ['mwi', 'x'].flatMap((channel) => [0, 1].map((shard) => ({ entity: entity(who), channel, shard }))),
    )
    expect(new Set(ids.map(documentKey)).size).toBe(ids.length)
  })
})
