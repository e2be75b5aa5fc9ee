import type { CheckReport } from '../../node/views.ts'
import { askCheck } from './ask.ts'
import { controlById, element } from './element.ts'

/** Asks every server for its cluster state and shows who differs on what. */
export async function showCheck(): Promise<void> {
  const dialog = controlById('check', HTMLDialogElement)
  const close = element('button', { type: 'button', class: 'icon', 'aria-label': 'Close' }, '✕')
  close.addEventListener('click', () => dialog.close())
  const title = element('h3', { id: 'check-title' }, 'Asking every server…')
  const header = element('header', {}, element('div', {}, title), close)
  const body = element('div')
  dialog.replaceChildren(element('div', { class: 'sheet' }, header, body))
  dialog.showModal()
  try {
    const report = await askCheck()
    title.textContent = report.agreed ? 'All that can be reached agree' : 'They do not agree'
    body.replaceChildren(...rowsOf(report))
  } catch (error) {
    title.textContent = 'The check could not be made'
    body.replaceChildren(element('p', { class: 'rule' }, (error as Error).message))
  }
}

function rowsOf({ members, alarms }: CheckReport): HTMLElement[] {
  const words = { agrees: 'agrees', differs: 'differs', unreachable: 'cannot be reached' }
  const rows = members.map(({ name, verdict, findings, differences }) => {
    const keys = differences.map(({ key, here, there }) => `${key}: ${text(here)} here, ${text(there)} there`)
    const row = element(
      'div',
      { class: 'said' },
      element('span', {}, verdict === 'agrees' ? '✓' : '✕'),
      element('b', {}, name),
    )
    row.append(element('span', {}, words[verdict]))
    const details = [...findings, ...keys].slice(0, 20).join(' · ')
    if (details !== '') row.append(element('small', {}, details))
    return row
  })
  const told = alarms.map((alarm) => element('p', { class: 'rule' }, alarm))
  if (rows.length + told.length > 0) return [...told, ...rows]
  return [element('p', { class: 'rule' }, 'This server is alone: there is nobody to agree with.')]
}

const text = (value: unknown): string => (value === null || value === undefined ? 'nothing' : JSON.stringify(value))
