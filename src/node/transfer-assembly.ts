import type { TransferMessage } from '../protocol/messages.ts'
import type { Transfer } from '../replica/transfer.ts'
import { documentKey } from '../state/document-id.ts'
import { compareVersions } from '../state/version.ts'

/** What one more message gave: a whole transfer, nothing yet, or parts that do not belong together. */
export type Assembled =
  | { readonly kind: 'whole'; readonly transfer: Transfer }
  | { readonly kind: 'partial' }
  | { readonly kind: 'broken' }

type Run = Extract<TransferMessage, { kind: 'run' }>

/**
 * Puts the parts of a run together as they arrive in order on one stream. Nothing is handed on before the
 * last part is there: a copy is never left half-way.
 */
export class TransferAssembly {
  #first: Run | undefined
  #updates: Uint8Array[] = []

  add(message: TransferMessage): Assembled {
    if (message.kind === 'roll-over') {
      if (this.#first !== undefined) return this.#break()
      return { kind: 'whole', transfer: message }
    }
    if (message.part !== this.#updates.length || !this.#continues(message)) return this.#break()
    this.#first ??= message
    this.#updates.push(message.update)
    if (message.part + 1 < message.parts) return { kind: 'partial' }
    const { head, from } = this.#first
    const updates = this.#updates
    this.#reset()
    return { kind: 'whole', transfer: { kind: 'run', head, from, updates } }
  }

  #continues(message: Run): boolean {
    const first = this.#first
    if (first === undefined) return true
    return (
      first.parts === message.parts &&
      first.from === message.from &&
      documentKey(first.head.document) === documentKey(message.head.document) &&
      compareVersions(first.head.version, message.head.version) === 0
    )
  }

  #break(): Assembled {
    this.#reset()
    return { kind: 'broken' }
  }

  #reset(): void {
    this.#first = undefined
    this.#updates = []
  }
}

/** A transfer as messages: a run one message an update, a roll-over one message. Made one by one, as they are taken. */
export function* transferMessages(transfer: Transfer): Generator<TransferMessage> {
  if (transfer.kind === 'roll-over') {
    yield { kind: 'roll-over', head: transfer.head, from: transfer.from }
    return
  }
  const parts = transfer.updates.length
  for (const [part, update] of transfer.updates.entries()) {
    yield { kind: 'run', head: transfer.head, from: transfer.from, part, parts, update }
  }
}
