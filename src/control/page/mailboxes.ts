import type { MailboxCounts } from '../../state/mailbox.ts'
import { byId, element, say } from './element.ts'
import type { Values } from './values.ts'

/** Mailboxes that are listed, those with new messages first. */
const listedMax = 200

/** What waits in the mailboxes. */
export function showMailboxes(values: Values): void {
  if (!values.hasChanges && byId('mailbox-list').children.length > 0) return
  values.take(Infinity)
  const all = [...values.keys()].map((key) => ({ key, counts: values.get(key)?.value as MailboxCounts }))
  const waiting = all.filter(({ counts }) => counts.newMessages > 0)
  const rest = all.filter(({ counts }) => counts.newMessages === 0)
  const byKey = (a: { key: string }, b: { key: string }): number => (a.key < b.key ? -1 : 1)
  say(
    byId('mailbox-count'),
    all.length === 0 ? '' : `${waiting.length} of ${all.length.toLocaleString()} with new messages`,
  )
  const listed = [...waiting.sort(byKey), ...rest.sort(byKey)].slice(0, listedMax)
  const rows = listed.map(({ key, counts }) => {
    const { newMessages, oldMessages } = counts
    const mark = element('span', { class: 'mail', 'data-new': String(newMessages > 0) }, String(newMessages))
    const words = element('small', {}, `${newMessages === 0 ? 'nothing new' : 'new'}, ${oldMessages} old`)
    return element('li', {}, mark, element('p', { class: 'fill' }, element('b', {}, key)), words)
  })
  byId('mailbox-list').replaceChildren(
    ...(rows.length > 0 ? rows : [element('li', { class: 'none' }, 'Nobody says anything of a mailbox.')]),
  )
}
