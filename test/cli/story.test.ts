import { expect, test } from 'vitest'
import { Story } from '../../src/cli/demo/story.ts'
import { VirtualClock } from '../../src/runtime/virtual-clock.ts'
import { muteTerminal } from './mute-terminal.ts'

function setup(): { story: Story; clock: VirtualClock; lines: string[]; stop: AbortController } {
  const [clock, lines, stop] = [new VirtualClock(), [] as string[], new AbortController()]
  const terminal = muteTerminal({ out: (line) => void lines.push(line) })
  return { story: new Story(terminal, clock, stop.signal), clock, lines, stop }
}

test('what is seen is told with its time', async () => {
  const { story, clock, lines } = setup()
  story.chapter('A beginning')
  const seeing = story.see('the lamp is on', 1000, async () => clock.now() >= 300)
  await clock.advanceAsync(400)
  await seeing
  expect(lines).toEqual(['', '1. A beginning', '   ok  the lamp is on (300 ms)'])
  expect(story.seen).toBe(1)
})

test('what is not seen in time ends the story, with the last reason', async () => {
  const { story, clock, lines } = setup()
  const seeing = story.see('the lamp is on', 1000, () => Promise.reject(new Error('no answer')))
  const failure = expect(seeing).rejects.toMatchObject({ name: 'NotSeen', message: 'the lamp is on' })
  await clock.advanceAsync(1100)
  await failure
  expect(lines).toEqual(['   FAILED the lamp is on: not so after 1.0 s (no answer)'])
  expect(story.seen).toBe(0)
})

test('a stop ends the story at the next look', async () => {
  const { story, clock, stop } = setup()
  const seeing = story.see('the lamp is on', 1000, async () => false)
  const failure = expect(seeing).rejects.toMatchObject({ name: 'AbortError' })
  await clock.advanceAsync(100)
  stop.abort()
  await clock.advanceAsync(100)
  await failure
})
