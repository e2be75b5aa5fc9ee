import { describe, expect, it } from 'vitest'
import { AddressBook, type OwnPlace } from '../../src/network/address-book.ts'

const at = (host: string, port = 4001): string => `/ip4/${host}/tcp/${port}`
const nowhere: OwnPlace = { addresses: new Set(), hosts: new Set(['10.0.0.1']) }

describe('AddressBook', () => {
  it('puts the address that last led to the peer first, then the one named last', () => {
    const book = new AddressBook(8)
    book.see([at('10.0.0.2'), at('10.0.0.3')], 1)
    book.see([at('10.0.0.4')], 2)
    book.succeeded(at('10.0.0.3'), 3)
    book.see([at('10.0.0.5')], 4)
    expect(book.order(nowhere)).toEqual([at('10.0.0.3'), at('10.0.0.5'), at('10.0.0.4'), at('10.0.0.2')])
  })

  it('keeps the order in which addresses were named together', () => {
    const book = new AddressBook(8)
    book.see([at('10.0.0.9'), at('10.0.0.2'), at('10.0.0.5')], 100)
    expect(book.order(nowhere)).toEqual([at('10.0.0.9'), at('10.0.0.2'), at('10.0.0.5')])
  })

  it('puts what failed behind what was not tried, until it is named again; of those that failed, the longest untried first', () => {
    const book = new AddressBook(8)
    book.see([at('10.0.0.2'), at('10.0.0.3'), at('10.0.0.4')], 1)
    book.failed(at('10.0.0.2'), 2)
    book.failed(at('10.0.0.3'), 3)
    expect(book.order(nowhere)).toEqual([at('10.0.0.4'), at('10.0.0.2'), at('10.0.0.3')])
    book.failed(at('10.0.0.4'), 4)
    expect(book.order(nowhere)).toEqual([at('10.0.0.2'), at('10.0.0.3'), at('10.0.0.4')])
    book.see([at('10.0.0.3')], 5)
    expect(book.order(nowhere)[0]).toBe(at('10.0.0.3'))
  })

  it('leaves loopback out for a peer on another host, and puts it last for one on this host', () => {
    const book = new AddressBook(8)
    book.see([at('127.0.0.1'), at('10.0.0.2')], 1)
    expect(book.order(nowhere)).toEqual([at('10.0.0.2')])
    book.see([at('10.0.0.1')], 2)
    expect(book.order(nowhere)).toEqual([at('10.0.0.1'), at('10.0.0.2'), at('127.0.0.1')])
  })

  it('uses loopback where there is nothing else', () => {
    const book = new AddressBook(8)
    book.see([at('127.0.0.1')], 1)
    expect(book.order(nowhere)).toEqual([at('127.0.0.1')])
  })

  it('never names an own address', () => {
    const book = new AddressBook(8)
    book.see([at('10.0.0.1'), at('10.0.0.1', 4002), at('127.0.0.1')], 1)
    const own = { addresses: new Set([at('10.0.0.1'), at('127.0.0.1')]), hosts: new Set(['10.0.0.1', '127.0.0.1']) }
    expect(book.order(own)).toEqual([at('10.0.0.1', 4002)])
  })

  it('is bounded, and gives the address that worked up last', () => {
    const book = new AddressBook(3)
    book.succeeded(at('10.0.0.2'), 1)
    for (let turn = 0; turn < 100; turn += 1) book.see([at(`10.0.1.${turn}`)], 2 + turn)
    expect(book.size).toBe(3)
    expect(book.order(nowhere)).toEqual([at('10.0.0.2'), at('10.0.1.99'), at('10.0.1.98')])
    book.see(
      Array.from({ length: 1000 }, (_, port) => at('10.0.2.1', port + 1)),
      200,
    )
    expect(book.size).toBe(3)
  })

  it('passes over text that is no address', () => {
    const book = new AddressBook(3)
    book.see(['', '/nonsense', at('0.0.0.0'), at('10.0.0.2')], 1)
    book.failed('/nonsense', 2)
    expect(book.order(nowhere)).toEqual([at('10.0.0.2')])
  })
})
