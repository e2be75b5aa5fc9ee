import { afterEach, expect, test, vi } from 'vitest'
import { TypedEventTarget } from '../../src/runtime/emitter.ts'

interface Events {
  readonly rang: string
  readonly fell: number
}

class Bell extends TypedEventTarget<Events> {
  ring(word: string): void {
    this.emit('rang', word)
  }
}

/** A bell, what was heard of it, and listeners that note it under a name. */
function setup() {
  const bell = new Bell()
  const heard: string[] = []
  const as = (name: string) => (event: CustomEvent<string>) => void heard.push(`${name} ${event.type} ${event.detail}`)
  return { bell, heard, as }
}

afterEach(() => vi.unstubAllGlobals())

test('listeners of a name are told at once, in the order in which they came, each once', () => {
  const { bell, heard, as } = setup()
  const first = as('first')
  bell.addEventListener('rang', first)
  bell.addEventListener('rang', as('second'))
  bell.addEventListener('rang', first)
  bell.addEventListener('fell', () => heard.push('fell'))
  bell.ring('one')
  expect(heard).toEqual(['first rang one', 'second rang one'])
})

test('who is removed, was to be told once, or whose signal is aborted is told no more', () => {
  const { bell, heard, as } = setup()
  const [leaving, gone] = [new AbortController(), AbortSignal.abort()]
  const removed = as('removed')
  bell.addEventListener('rang', removed)
  bell.addEventListener('rang', as('once'), { once: true })
  bell.addEventListener('rang', as('signalled'), { signal: leaving.signal })
  bell.addEventListener('rang', as('never'), { signal: gone })
  bell.ring('one')
  bell.removeEventListener('rang', removed)
  bell.removeEventListener('rang', as('unknown'))
  bell.ring('two')
  leaving.abort()
  bell.ring('three')
  expect(heard).toEqual(['removed rang one', 'once rang one', 'signalled rang one', 'signalled rang two'])
})

test('a signal ends the listening it was given for, not a later one of the same listener', () => {
  const { bell, heard, as } = setup()
  const leaving = new AbortController()
  const again = as('again')
  bell.addEventListener('rang', again, { signal: leaving.signal })
  bell.removeEventListener('rang', again)
  bell.addEventListener('rang', again)
  leaving.abort()
  bell.ring('one')
  expect(heard).toEqual(['again rang one'])
})

test('while an event is told, who is removed does not hear it, and who is added hears the next one', () => {
  const { bell, heard, as } = setup()
  const [late, dropped] = [as('late'), as('dropped')]
  bell.addEventListener('rang', () => {
    bell.addEventListener('rang', late)
    bell.removeEventListener('rang', dropped)
  })
  bell.addEventListener('rang', dropped)
  bell.ring('one')
  expect(heard).toEqual([])
  bell.ring('two')
  expect(heard).toEqual(['late rang two'])
})

test('an event told by a listener is told to all before that listener goes on', () => {
  const { bell, heard, as } = setup()
  bell.addEventListener('rang', ({ detail }) => {
    if (detail === 'one') bell.ring('two')
  })
  bell.addEventListener('rang', as('second'))
  bell.ring('one')
  expect(heard).toEqual(['second rang two', 'second rang one'])
})

test('what a listener throws is thrown into the process, and the others are told all the same', () => {
  const { bell, heard, as } = setup()
  const later: (() => void)[] = []
  vi.stubGlobal('queueMicrotask', (task: () => void) => later.push(task))
  bell.addEventListener('rang', () => {
    throw new Error('planned')
  })
  bell.addEventListener('rang', as('second'))
  bell.ring('one')
  expect(heard).toEqual(['second rang one'])
  expect(later).toHaveLength(1)
  expect(later[0]).toThrow('planned')
})
