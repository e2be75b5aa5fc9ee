import type { IncomingMessage } from 'node:http'
import { Failure } from '../runtime/failure.ts'
import type { EndEvent, SnapshotEvent, StreamedEvent } from './shapes.ts'

type ReadEvent = StreamedEvent | SnapshotEvent | EndEvent

/**
 * The events of a stream, one by one. Ends after `end`, or quietly when the signal fires; a stream that breaks off otherwise is a
 * `Failure`, because changes would be missed unseen.
 */
export async function* readEvents(
  response: IncomingMessage,
  signal: AbortSignal | undefined,
): AsyncGenerator<ReadEvent> {
  response.setEncoding('utf8')
  let text = ''
  try {
    for await (const part of response as AsyncIterable<string>) {
      const blocks = (text + part).split('\n\n')
      text = blocks.pop() ?? ''
      for (const block of blocks) {
        const event = readEvent(block)
        if (event !== undefined) yield event
        if (event?.type === 'end') return
      }
    }
  } catch (cause) {
    if (signal?.aborted === true) return
    throw broken(cause)
  }
  if (signal?.aborted !== true) throw broken(undefined)
}

function broken(cause: unknown): Failure {
  return new Failure('peer-unreachable', 'the event stream broke off: the node died, or this reader was too slow', {
    cause,
  })
}

/** The event of one block of lines; undefined for comments and settings. */
function readEvent(block: string): ReadEvent | undefined {
  const data = block.split('\n').find((line) => line.startsWith('data: '))
  return data === undefined ? undefined : (JSON.parse(data.slice('data: '.length)) as ReadEvent)
}
