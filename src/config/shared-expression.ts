const emptyBranch = 'a branch is empty, which is no POSIX: write (a)? for what may be missing'

/**
 * Why a regular expression does not mean the same to Asterisk (POSIX extended, as regcomp of the C library reads it) and to this node
 * (ECMAScript), with what to write instead; undefined where it does. That ECMAScript can read it is known before.
 */
export function sharedExpressionFault(text: string): string | undefined {
  if (text.startsWith('|')) return emptyBranch
  for (let at = 0; at < text.length;) {
    const piece = pieceAt(text, at)
    const fault = faultOf(piece, text[at + piece.length])
    if (fault !== undefined) return fault
    at += piece.length
  }
  return undefined
}

/** One escape, one bracket expression, one count, one opening or one character. */
function pieceAt(text: string, at: number): string {
  const rest = text.slice(at)
  const [piece = rest] = /^(\\.|\[\^?\]|\[[^\]]*\]|\{[^}]*\}|\(\?[^\w\s]{0,2}|[(|][|)]?|[*+?][?]?|.)/su.exec(rest) ?? []
  return piece
}

function faultOf(piece: string, next: string | undefined): string | undefined {
  if (piece.startsWith('(?')) return `"${piece}" is no POSIX: groups are plain ( ), and nothing can be looked ahead for`
  if (/^\\[0-9A-Za-z]/.test(piece)) {
    return `"${piece}" is no POSIX: write [0-9] for a digit, [A-Za-z0-9_] for a word character, and no back references`
  }
  if (piece.startsWith('[')) return bracketFault(piece)
  if (piece.startsWith('{') && !isCount(piece)) {
    return `"${piece}" is no count such as {2} or {1,3}, up to 255: write \\{ for the character itself`
  }
  const isRepetition = /^([*+?]|\{)/.test(piece)
  if (/^[*+?]\?$/.test(piece) || (isRepetition && next === '?')) {
    const lazy = piece.endsWith('?') && piece.length > 1 ? piece : `${piece}?`
    return `"${lazy}" is no POSIX: write it without the last ?, which makes no difference to what matches`
  }
  if (/^[(|][|)]$/.test(piece) || (piece === '|' && next === undefined)) {
    return emptyBranch
  }
  return undefined
}

function bracketFault(piece: string): string | undefined {
  if (/^\[\^?\]$/.test(piece)) return `"${piece}" begins a bracket expression: write \\] outside of one`
  if (/\[[:.=]/.test(piece.slice(1))) return `"${piece}" has a class of POSIX's own: write a range such as [A-Za-z]`
  return piece.includes('\\')
    ? `"${piece}" has a backslash, which is a plain character to POSIX: leave it out`
    : undefined
}

function isCount(piece: string): boolean {
  const [, least, comma, most = ''] = /^\{(\d{1,3})(,?)(\d{0,3})\}$/.exec(piece) ?? []
  if (least === undefined || Number(least) > 255 || Number(most) > 255) return false
  return comma === ',' || most === ''
}
