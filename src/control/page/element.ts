/** What may stand inside an element; text is always text, never markup. */
export type Content = Node | string | false | undefined

/** Makes an element. Attributes are strings; a missing one is left out. */
export function element<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  attributes: Readonly<Record<string, string | undefined>> = {},
  ...contents: readonly Content[]
): HTMLElementTagNameMap[Tag] {
  const made = document.createElement(tag)
  setAll(made, attributes, contents)
  return made
}

/** The same for drawings. */
export function drawing(
  tag: string,
  attributes: Readonly<Record<string, string | undefined>> = {},
  ...contents: readonly Content[]
): SVGElement {
  const made = document.createElementNS('http://www.w3.org/2000/svg', tag)
  setAll(made, attributes, contents)
  return made
}

/** An element of the page that is known to be there. */
export function byId(id: string): HTMLElement {
  return controlById(id, HTMLElement)
}

/** The same for one of a kind. */
export function controlById<Found extends HTMLElement>(id: string, kind: new () => Found): Found {
  const found = document.getElementById(id)
  if (found instanceof kind) return found
  throw new Error(`the page has no element "${id}" of that kind`)
}

/** Changes a text only where it is another one: whoever reads along is not disturbed for nothing. */
export function say(target: Element, text: string): void {
  if (target.textContent !== text) target.textContent = text
}

function setAll(
  made: Element,
  attributes: Readonly<Record<string, string | undefined>>,
  contents: readonly Content[],
): void {
  for (const [name, value] of Object.entries(attributes)) if (value !== undefined) made.setAttribute(name, value)
  for (const content of contents) if (content !== false && content !== undefined) made.append(content)
}
