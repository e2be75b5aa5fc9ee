import { expect, test } from 'vitest'
import type { AnswerHandlers } from '../../src/network/network.ts'
import { Counters } from '../../src/node/counters.ts'
import { Questions } from '../../src/node/questions.ts'
import { decodeMessage } from '../../src/protocol/decode.ts'
import { limits } from '../../src/protocol/limits.ts'
import type { PeerId } from '../../src/state/peer-id.ts'

const peer = 'peer' as PeerId

/** A peer that answers as the test says. */
class Setup {
  readonly counters: Counters = new Counters()
  readonly blamed: string[] = []
  readonly heard: (Uint8Array | string | undefined)[] = []
  readonly asked: Uint8Array[] = []
  isCancelled = false
  readonly questions: Questions
  peer: AnswerHandlers | undefined

  constructor() {
    this.questions = new Questions({
      counters: this.counters,
      blame: (who, offence) => this.blamed.push(`${who} ${offence}`),
      network: {
        request: (_peer, frame, answer) => {
          this.asked.push(frame)
          this.peer = answer
          return () => {
            this.isCancelled = true
          }
        },
      },
    })
  }

  ask(framesMax: number): void {
    this.questions.ask(peer, { kind: 'check', list: [] }, framesMax, {
      frame: (bytes) => this.heard.push(bytes),
      end: (failure) => this.heard.push(failure?.code),
    })
  }
}

test('an answer of a plausible length is heard to its end', () => {
  const setup = new Setup()
  setup.ask(2)
  setup.peer?.frame(Uint8Array.of(1))
  setup.peer?.frame(Uint8Array.of(2))
  setup.peer?.end(undefined)
  expect(setup.heard).toEqual([Uint8Array.of(1), Uint8Array.of(2), undefined])
  expect([setup.blamed, setup.isCancelled]).toEqual([[], false])
})

test('one that goes on is given up, counted, and blamed', () => {
  const setup = new Setup()
  setup.ask(2)
  for (let frame = 0; frame < 3; frame += 1) setup.peer?.frame(Uint8Array.of(frame))
  expect(setup.heard).toEqual([Uint8Array.of(0), Uint8Array.of(1), 'limit-reached'])
  expect(setup.blamed).toEqual(['peer endless-answer'])
  expect(setup.isCancelled).toBe(true)
  expect(setup.counters.get('refused_endless_answer')).toBe(1)
})

test('what needs no answer is not a way to send one', () => {
  const setup = new Setup()
  setup.questions.tell(peer, { kind: 'vector', channels: [], stands: [] })
  const [asked] = setup.asked
  expect(asked === undefined ? undefined : decodeMessage(asked)).toMatchObject({ ok: true, value: { kind: 'vector' } })
  for (let frame = 0; frame <= limits.framesPerGreetingMax; frame += 1) setup.peer?.frame(Uint8Array.of(frame))
  expect(setup.blamed).toEqual(['peer endless-answer'])
})
