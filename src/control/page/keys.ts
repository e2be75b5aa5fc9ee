import { byId, controlById } from './element.ts'

/** Lets the field be one stop of the Tab key, inside of which arrow keys move from lamp to lamp. */
export function moveByKeys(): void {
  const field = byId('field')
  const search = controlById('search', HTMLInputElement)
  let stop: HTMLElement | undefined
  const shown = (): HTMLElement[] => [...field.querySelectorAll<HTMLElement>('.lamp:not([hidden])')]
  const makeStop = (lamp: HTMLElement): void => {
    if (stop !== undefined) stop.tabIndex = -1
    stop = lamp
    lamp.tabIndex = 0
  }
  field.addEventListener('focusin', ({ target }) => {
    if (target instanceof HTMLElement && target.classList.contains('lamp')) makeStop(target)
  })
  // The field itself is reached by Tab only while no lamp of it was chosen yet, or the chosen one is gone.
  const keepReachable = (): void => {
    field.tabIndex = stop?.isConnected === true && !stop.hidden ? -1 : 0
  }
  new MutationObserver(keepReachable).observe(field, { childList: true, subtree: true })
  keepReachable()
  field.addEventListener('keydown', (event) => {
    const from = event.target instanceof HTMLElement ? event.target : field
    const lamp = from.classList.contains('lamp') ? from : undefined
    const next = nextLamp(event.key, lamp, shown)
    if (next === undefined) return
    event.preventDefault()
    next.focus()
    next.scrollIntoView({ block: 'nearest' })
  })
  document.addEventListener('keydown', (event) => {
    const isTyping = event.target instanceof HTMLElement && event.target.closest('input, select, dialog') !== null
    if (event.key === '/' && !isTyping) {
      event.preventDefault()
      search.focus()
      search.select()
    }
  })
  search.addEventListener('keydown', (event) => {
    if (event.key === 'ArrowDown' || event.key === 'Enter') {
      event.preventDefault()
      shown()[0]?.focus()
    }
  })
}

function nextLamp(key: string, lamp: HTMLElement | undefined, shown: () => HTMLElement[]): HTMLElement | undefined {
  if (!['ArrowLeft', 'ArrowRight', 'ArrowUp', 'ArrowDown', 'Home', 'End'].includes(key)) return undefined
  const lamps = shown()
  if (lamp === undefined || key === 'Home') return lamps[0]
  if (key === 'End') return lamps.at(-1)
  const at = lamps.indexOf(lamp)
  if (key === 'ArrowRight') return lamps[at + 1]
  if (key === 'ArrowLeft') return lamps[at - 1]
  return inNextRow(lamps, at, key === 'ArrowDown' ? 1 : -1)
}

/** The lamp in the row below or above that lies nearest to the same column. */
function inNextRow(lamps: readonly HTMLElement[], at: number, step: 1 | -1): HTMLElement | undefined {
  const from = lamps[at]?.getBoundingClientRect()
  if (from === undefined) return undefined
  let best: HTMLElement | undefined
  let bestDistance = Infinity
  let row: number | undefined
  for (let index = at + step; index >= 0 && index < lamps.length; index += step) {
    const box = lamps[index]?.getBoundingClientRect()
    if (box === undefined || Math.abs(box.top - from.top) < 2) continue
    row ??= box.top
    if (Math.abs(box.top - row) > 2) break
    const distance = Math.abs(box.left - from.left)
    if (distance < bestDistance) [best, bestDistance] = [lamps[index], distance]
  }
  return best
}
