/** What is left of a line without its comments, and how deep in block comments it ends. */
export interface Stripped {
  readonly text: string
  readonly depth: number
}

/** Asterisk's own bound. */
const commentDepthMax = 128

/**
 * Takes the comments out of one line, as Asterisk does: `;` comments the rest of the line, `\;` is a semicolon, `;--` begins a
 * block comment (`;---` does not) that `--;` ends, over lines and nested.
 */
export function stripComments(line: string, depthBefore: number): Stripped {
  let depth = depthBefore
  let text = ''
  let from = 0
  for (;;) {
    const at = line.indexOf(';', from)
    const piece = line.slice(from, at < 0 ? undefined : at)
    if (at < 0) return { text: depth === 0 ? text + piece : text, depth }
    if (piece.endsWith('\\')) {
      if (depth === 0) text += `${piece.slice(0, -1)};`
      from = at + 1
    } else if (line.startsWith(';--', at) && line[at + 3] !== '-') {
      if (depth === 0) text += piece
      depth = Math.min(depth + 1, commentDepthMax)
      from = at + 3
    } else if (depth > 0) {
      if (piece.endsWith('--')) depth -= 1
      from = at + 1
    } else {
      return { text: text + piece, depth }
    }
  }
}
