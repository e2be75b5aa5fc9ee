import { chunkMax } from './chunks.ts'
import { byId } from './element.ts'

/** Numbers of columns of which a full chunk fills whole rows, so that nobody sees where one chunk ends. */
const choices = Array.from({ length: chunkMax }, (_, at) => at + 1).filter((columns) => chunkMax % columns === 0)

/** Gives the field as many columns as its width allows; the style sheet says how wide a lamp is at least. Returns what fits them anew. */
export function fitColumns(): () => void {
  const field = byId('field')
  const fit = (): void => {
    const style = getComputedStyle(field)
    const pixels = (name: string): number => Number.parseFloat(style.getPropertyValue(name))
    const gap = pixels('--gap')
    const room = Math.floor((field.clientWidth - 2 * pixels('--edge') + gap) / (pixels('--least') + gap))
    field.style.setProperty('--columns', String(choices.findLast((columns) => columns <= room) ?? 1))
  }
  new ResizeObserver(fit).observe(field)
  return fit
}
