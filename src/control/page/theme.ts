import { byId } from './element.ts'

const choices = ['system', 'light', 'dark'] as const
type Choice = (typeof choices)[number]

const pictures: Readonly<Record<Choice, string>> = { system: '◐', light: '☀', dark: '☾' }

const kept = 'lampfield-colours'

/** Colours as the system has them, or as the person wants them here. */
export function chooseTheme(): void {
  const button = byId('theme')
  const show = (choice: Choice): void => {
    if (choice === 'system') delete document.documentElement.dataset['theme']
    else document.documentElement.dataset['theme'] = choice
    button.textContent = pictures[choice]
    button.setAttribute('aria-label', `Colours: ${choice === 'system' ? 'as the system' : choice}`)
  }
  let choice = choices.find((one) => one === localStorage.getItem(kept)) ?? 'system'
  show(choice)
  button.addEventListener('click', () => {
    choice = choices[(choices.indexOf(choice) + 1) % choices.length] ?? 'system'
    localStorage.setItem(kept, choice)
    show(choice)
  })
}
