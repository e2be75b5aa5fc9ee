import { randomBytes } from 'node:crypto'
import type { ComponentLogger, ConnectionProtector, Logger, MultiaddrConnection } from '@libp2p/interface'
import { preSharedKey } from '@libp2p/pnet'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { CipherStream } from '../../src/network/cipher-stream.ts'
import { PrivateNetwork } from '../../src/network/private-network.ts'
import type { TurnedAwayReason } from '../../src/network/turned-away.ts'
import { TurnedAway } from '../../src/network/turned-away.ts'
import { VirtualClock } from '../../src/runtime/virtual-clock.ts'
import '../support/seed.ts'
import { ends } from './cut-pipe.ts'

const greeting = '\x13/multistream/1.0.0\n'
const keyOf = (byte: number): Uint8Array => new Uint8Array(32).fill(byte)

interface Side {
  readonly protector: ConnectionProtector
  readonly turnedAway: TurnedAwayReason[]
  readonly clock: VirtualClock
}

function side(keys: readonly Uint8Array[], isInbound: boolean): Side {
  const [turnedAway, clock]: [TurnedAwayReason[], VirtualClock] = [[], new VirtualClock()]
  const protector = new PrivateNetwork({
    keys,
    clock,
    isInbound: () => isInbound,
    turnedAway: (reason) => turnedAway.push(reason),
  })
  return { protector, turnedAway, clock }
}

const quiet = Object.assign(() => {}, { error: () => {}, trace: () => {}, enabled: false }) as unknown as Logger
const logger: ComponentLogger = { forComponent: () => quiet }

const library = (key: Uint8Array): ConnectionProtector =>
  preSharedKey({
    psk: Buffer.from(`/key/swarm/psk/1.0.0/\n/base16/\n${Buffer.from(key).toString('hex')}`),
  })({ logger })

async function readAll(connection: MultiaddrConnection): Promise<string> {
  let text = ''
  for await (const chunk of connection.source) text += Buffer.from(chunk.subarray()).toString('latin1')
  return text
}

/** Each side greets and says something; resolves with what each heard. */
async function converse(
  dialler: ConnectionProtector,
  listener: ConnectionProtector,
  said: readonly string[] = ['hello'],
): Promise<readonly [string, string]> {
  const [a, b] = ends()
  const speak = async (protector: ConnectionProtector, end: MultiaddrConnection): Promise<string> => {
    const safe = await protector.protect(end)
    void Promise.resolve(safe.sink([greeting, ...said].map((text) => Buffer.from(text, 'latin1')) as never)).catch(
      () => {},
    )
    return readAll(safe)
  }
  return Promise.all([speak(dialler, a), speak(listener, b)])
}

describe('a private network', () => {
  it('speaks as the library does, whoever dials', async () => {
    const heard = `${greeting}hello`
    const mine = (isInbound: boolean): ConnectionProtector => side([keyOf(1)], isInbound).protector
    expect(await converse(mine(false), mine(true))).toEqual([heard, heard])
    expect(await converse(library(keyOf(1)), mine(true))).toEqual([heard, heard])
    expect(await converse(mine(false), library(keyOf(1)))).toEqual([heard, heard])
  })

  it('dials with its first key and takes any', async () => {
    const heard = `${greeting}hello`
    const [old, next] = [keyOf(1), keyOf(2)]
    const steps = [[old], [old, next], [next, old], [next]]
    for (const [at, keys] of steps.entries()) {
      for (const other of steps.slice(Math.max(0, at - 1), at + 2)) {
        expect(await converse(side(keys, false).protector, side(other, true).protector)).toEqual([heard, heard])
      }
    }
  })

  it('passes on any bytes in any pieces', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 8 }), async (chunks) => {
        const said = chunks.map((chunk) => Buffer.from(chunk).toString('latin1'))
        const heard = greeting + said.join('')
        const [dialler, listener] = [side([keyOf(3)], false), side([keyOf(9), keyOf(3)], true)]
        expect(await converse(dialler.protector, listener.protector, said)).toEqual([heard, heard])
      }),
      { numRuns: 50 },
    )
  })

  it('turns away another key, and names none and silence as such', async () => {
    const [a, b] = ends()
    const [dialler, listener] = [side([keyOf(1)], false), side([keyOf(2), keyOf(3)], true)]
    const safe = await Promise.all([
      dialler.protector.protect(a).then((protectedEnd) => {
        void Promise.resolve(protectedEnd.sink([Buffer.from(greeting)] as never)).catch(() => {})
        return protectedEnd
      }),
      expect(listener.protector.protect(b)).rejects.toThrow('foreign-key'),
    ])
    expect(safe).toHaveLength(2)
    expect(listener.turnedAway).toEqual(['foreign-key'])

    const [open, keyed] = ends()
    void Promise.resolve(open.sink([Buffer.from(`${greeting}\x07/noise\n`)] as never)).catch(() => {})
    const second = side([keyOf(1)], true)
    await expect(second.protector.protect(keyed)).rejects.toThrow('no-key')
    expect(second.turnedAway).toEqual(['no-key'])

    const third = side([keyOf(1)], true)
    const waiting = expect(third.protector.protect(ends()[0])).rejects.toThrow('silent-connection')
    await third.clock.advanceAsync(2000)
    await waiting
    expect(third.turnedAway).toEqual(['silent-connection'])
  })

  it('does not take the answer of a listener with another key', async () => {
    const [a, b] = ends()
    const dialler = side([keyOf(1)], false)
    const safe = await Promise.all([dialler.protector.protect(a), answerWith(b, keyOf(2))])
    await expect(readAll(safe[0])).rejects.toThrow('foreign-key')
    expect(dialler.turnedAway).toEqual(['foreign-key'])
  })
})

async function answerWith(end: MultiaddrConnection, key: Uint8Array): Promise<void> {
  const nonce = new Uint8Array(randomBytes(24))
  const cipher = new CipherStream(key, nonce)
  void Promise.resolve(end.sink([nonce, cipher.update(Buffer.from(greeting))] as never)).catch(() => {})
}

describe('who was turned away', () => {
  it('is counted each time and named by address once a minute, and the memory of it is bounded', () => {
    const [lines, clock]: [string[], VirtualClock] = [[], new VirtualClock()]
    const note = (message: string, fields?: object): void => void lines.push(`${message} ${JSON.stringify(fields)}`)
    const turnedAway = new TurnedAway(clock, { error: note, warn: note, info: note, debug: note })
    for (let port = 1; port <= 10; port += 1) turnedAway.add('foreign-key', `/ip4/192.0.2.1/tcp/${port}`)
    expect(turnedAway.counts()).toEqual({ 'foreign-key': 10 })
    expect(lines).toEqual([expect.stringContaining('"/ip4/192.0.2.1/tcp/1"')])
    clock.advance(60_000)
    turnedAway.add('foreign-key', '/ip4/192.0.2.1/tcp/11')
    expect(lines).toHaveLength(2)
    for (let host = 0; host < 1000; host += 1) turnedAway.add('no-key', `/ip4/10.0.${host >> 8}.${host & 255}/tcp/1`)
    turnedAway.add('foreign-key', '/ip4/192.0.2.1/tcp/12')
    expect(lines).toHaveLength(1003)
  })
})
