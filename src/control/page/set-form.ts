import { deleteState, putState } from './ask.ts'
import { byId, controlById, element } from './element.ts'
import { states, wordOf } from './states.ts'

/** The form that says this server's own word of a `Custom:` device. `tell` says what came of it. */
export function setForm(tell: (sentence: string) => void): { choose(device: string): void } {
  const form = controlById('set-form', HTMLFormElement)
  const device = controlById('set-device', HTMLInputElement)
  const state = controlById('set-state', HTMLSelectElement)
  const usual = ['INUSE', 'NOT_INUSE', ...states.filter((one) => one !== 'INUSE' && one !== 'NOT_INUSE')]
  for (const one of usual) state.append(element('option', { value: one }, wordOf(one)))
  const attempt = async (act: Promise<void>, done: string): Promise<void> => {
    try {
      await act
      tell(done)
    } catch (error) {
      tell(`That did not work: ${(error as Error).message}`)
    }
  }
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    void attempt(putState(device.value, state.value), `${device.value} is ${wordOf(state.value)} on this server`)
  })
  byId('set-unset').addEventListener('click', () => {
    if (form.reportValidity())
      void attempt(deleteState(device.value), `This server says nothing of ${device.value} any more`)
  })
  return {
    choose(name) {
      device.value = name
      byId('set').scrollIntoView({ block: 'nearest' })
      state.focus()
    },
  }
}
