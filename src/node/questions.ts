import type { Network, AnswerHandlers, RequestOptions } from '../network/network.ts'
import { encodeMessage } from '../protocol/encode.ts'
import { limits } from '../protocol/limits.ts'
import type { Message } from '../protocol/messages.ts'
import type { Cancel } from '../runtime/clock.ts'
import { Failure } from '../runtime/failure.ts'
import type { PeerId } from '../state/peer-id.ts'
import type { Counters } from './counters.ts'

export interface QuestionParts {
  readonly network: Pick<Network, 'request'>
  readonly counters: Counters
  readonly blame: (peer: PeerId, offence: 'endless-answer') => void
}

/** Asks peers what has a short answer. What is longer than any node has reason to give is not heard to its end, and its sender is to blame. */
export class Questions {
  readonly #parts: QuestionParts

  constructor(parts: QuestionParts) {
    this.#parts = parts
  }

  /** Asks a peer; of its answer so many frames are taken. With one more it ends with the failure `limit-reached`. */
  ask(peer: PeerId, message: Message, framesMax: number, answer: AnswerHandlers, options?: RequestOptions): Cancel {
    const { network, counters, blame } = this.#parts
    let frames = 0
    const cancel = network.request(
      peer,
      encodeMessage(message),
      {
        frame: (bytes) => {
          frames += 1
          if (frames <= framesMax) return answer.frame(bytes)
          cancel()
          counters.refuse('endless-answer')
          answer.end(new Failure('limit-reached', `an answer to ${message.kind} has more than ${framesMax} frames`))
          blame(peer, 'endless-answer')
        },
        end: (failure) => answer.end(failure),
      },
      options,
    )
    return cancel
  }

  /** Says something that needs no answer. */
  tell(peer: PeerId, message: Message): void {
    this.ask(peer, message, limits.framesPerGreetingMax, { frame: () => {}, end: () => {} })
  }
}
