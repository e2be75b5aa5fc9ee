import { describe, expect, it } from 'vitest'
import { dialAny, type DialOne } from '../../src/network/dialer.ts'
import { VirtualClock } from '../../src/runtime/virtual-clock.ts'

interface Script {
  readonly [address: string]: { readonly afterMs: number; readonly does: 'answer' | 'fail' } | 'silence'
}

function scripted(
  clock: VirtualClock,
  script: Script,
): { dialOne: DialOne<string>; started: string[]; aborted: string[] } {
  const [started, aborted]: [string[], string[]] = [[], []]
  const dialOne: DialOne<string> = (address, signal) =>
    new Promise((resolve, reject) => {
      started.push(`${address}@${clock.now()}`)
      signal.addEventListener('abort', () => {
        aborted.push(address)
        reject(new Error('aborted'))
      })
      const line = script[address]
      if (line === undefined || line === 'silence') return
      clock.after(line.afterMs, () =>
        line.does === 'answer' ? resolve(`to ${address}`) : reject(new Error('refused')),
      )
    })
  return { dialOne, started, aborted }
}

const never = new AbortController().signal
const nothing = (): void => {}

describe('dialAny', () => {
  it('takes the first address at once and no other', async () => {
    const clock = new VirtualClock()
    const { dialOne, started, aborted } = scripted(clock, { a: { afterMs: 10, does: 'answer' } })
    const result = dialAny(clock, ['a', 'b'], dialOne, nothing, never)
    await clock.advanceAsync(1000)
    expect((await result).reached).toEqual({ address: 'a', connection: 'to a' })
    expect(started).toEqual(['a@0'])
    expect(aborted).toEqual([])
    expect(clock.pending).toBe(0)
  })

  it('goes on at once when an address fails, and after a moment when it is silent', async () => {
    const clock = new VirtualClock()
    const { dialOne, started, aborted } = scripted(clock, {
      a: { afterMs: 10, does: 'fail' },
      b: 'silence',
      c: 'silence',
      d: { afterMs: 5, does: 'answer' },
    })
    const result = dialAny(clock, ['a', 'b', 'c', 'd'], dialOne, nothing, never)
    await clock.advanceAsync(1000)
    expect(await result).toMatchObject({ reached: { address: 'd' }, failed: ['a'] })
    expect(started).toEqual(['a@0', 'b@10', 'c@260', 'd@510'])
    expect(aborted).toEqual(['b', 'c'])
  })

  it('never aborts the signal of the connection that won', async () => {
    const clock = new VirtualClock()
    let won: AbortSignal | undefined
    const stop = new AbortController()
    const result = dialAny(clock, ['a'], async (_address, signal) => ((won = signal), 'a'), nothing, stop.signal)
    await result
    stop.abort()
    await clock.advanceAsync(60_000)
    expect(won?.aborted).toBe(false)
  })

  it('has no more than four under way, and gives each up after a while', async () => {
    const clock = new VirtualClock()
    const addresses = Array.from({ length: 6 }, (_, at) => `s${at}`)
    const { dialOne, started } = scripted(clock, {})
    const result = dialAny(clock, addresses, dialOne, nothing, never)
    await clock.advanceAsync(4000)
    expect(started.length).toBe(4)
    await clock.advanceAsync(20_000)
    expect(started.slice(4)).toEqual(['s4@5000', 's5@5250'])
    expect(await result).toMatchObject({ reached: undefined, failed: addresses })
    expect(clock.pending).toBe(0)
  })

  it('hands over a connection that came up too late', async () => {
    const clock = new VirtualClock()
    const spare: string[] = []
    const slow = (address: string): Promise<string> =>
      new Promise((resolve) => {
        clock.after(address === 'a' ? 400 : 100, () => resolve(address))
      })
    const result = dialAny(clock, ['a', 'b'], slow, (connection) => spare.push(connection), never)
    await clock.advanceAsync(1000)
    expect((await result).reached?.address).toBe('b')
    expect(spare).toEqual(['a'])
  })

  it('ends when it is called off, before or during', async () => {
    const clock = new VirtualClock()
    const { dialOne, started, aborted } = scripted(clock, {})
    expect((await dialAny(clock, ['a'], dialOne, nothing, AbortSignal.abort())).reached).toBeUndefined()
    expect(started).toEqual([])
    const stop = new AbortController()
    const result = dialAny(clock, ['a'], dialOne, nothing, stop.signal)
    await clock.advanceAsync(10)
    stop.abort()
    expect((await result).reached).toBeUndefined()
    expect(aborted).toEqual(['a'])
    await clock.advanceAsync(0)
    expect(clock.pending).toBe(0)
  })

  it('has an answer for no addresses at all', async () => {
    expect(await dialAny(new VirtualClock(), [], async () => 'never', nothing, never)).toMatchObject({ failed: [] })
  })
})
