import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ClassicLevel } from 'classic-level'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { crc32c } from '../../src/storage/crc32c.ts'
import { levelOptions } from '../../src/storage/examination.ts'
import { isWholeTable } from '../../src/storage/table-check.ts'
import '../support/seed.ts'

/** A table of many blocks, as LevelDB writes it. */
async function makeTable(): Promise<Uint8Array> {
  const directory = mkdtempSync(join(tmpdir(), 'lampfield-table-'))
  for (let round = 0; round < 2; round += 1) {
    const level = new ClassicLevel<Uint8Array, Uint8Array>(directory, levelOptions)
    for (let at = 0; at < 500; at += 1) await level.put(Buffer.from(`key/${at}`), Buffer.alloc(60, at))
    await level.close()
  }
  const name = readdirSync(directory).find((file) => file.endsWith('.ldb')) ?? ''
  const bytes = readFileSync(join(directory, name))
  rmSync(directory, { recursive: true })
  return bytes
}

test('CRC-32C gives the numbers of RFC 3720', () => {
  expect(crc32c(Buffer.from('123456789'))).toBe(0xe306_9283)
  expect(crc32c(new Uint8Array(32))).toBe(0x8a91_36aa)
  expect(crc32c(new Uint8Array(32).fill(0xff))).toBe(0x62a8_ab43)
})

describe('isWholeTable', async () => {
  const table = await makeTable()

  test('takes what LevelDB wrote', () => {
    expect(table.length).toBeGreaterThan(20_000)
    expect(isWholeTable(table)).toBe(true)
  })

  test('sees every turned bit but those of the footer’s padding, which nobody reads', () => {
    for (let at = 0; at < table.length; at += at > table.length - 100 ? 1 : 17) {
      const turned = Uint8Array.from(table)
      turned[at] = (turned[at] ?? 0) ^ 0x04
      const isPadding = at >= table.length - 40 && at < table.length - 8
      if (!isPadding) expect([at, isWholeTable(turned)]).toEqual([at, false])
    }
  })

  test('sees every missing end and every stretch that was lost', () => {
    fc.assert(
      fc.property(fc.nat(table.length - 1), fc.nat(table.length), (from, length) => {
        expect(isWholeTable(table.subarray(0, from))).toBe(false)
        const rest = Buffer.concat([table.subarray(0, from), table.subarray(from + length)])
        expect(isWholeTable(rest)).toBe(length === 0)
      }),
    )
  })

  test('any bytes give an answer', () => {
    const ends = fc.constantFrom(new Uint8Array(0), table.subarray(-8), table.subarray(-48), table.subarray(-200))
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), ends, (bytes, end) => {
        expect(isWholeTable(Buffer.concat([bytes, end]))).toBe(false)
      }),
    )
  })
})
