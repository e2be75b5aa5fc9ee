/**
 * UTF-8 bytes of the longest key. Asterisk cuts the names it makes itself at 79 bytes but takes longer ones that come in over
 * SIP PUBLISH whole. The wire has the same bound (`limits.keyMaxBytes`).
 */
export const keyBytesMax = 512

/**
 * What is wrong with a key of any channel, as a sentence; undefined when it is good. A key is not empty, at most
 * `bytesMax` UTF-8 bytes, and has no characters that would break a line of a listing or lie in it.
 */
export function keyFault(key: string, bytesMax: number = keyBytesMax): string | undefined {
  if (key === '') return 'a name cannot be empty'
  // A character is at least one byte; looking no further keeps the check cheap for hostile lengths.
  if (key.length > bytesMax) return `a name has at most ${bytesMax} bytes`
  // Nearly every name is printable ASCII, and every node looks at it with every change.
  if (/^[ -~]*$/.test(key)) return undefined
  let bytes = 0
  for (const character of key) {
    const point = character.codePointAt(0) ?? 0
    if (isControl(point)) return 'a name has no control characters'
    // Half a surrogate pair has no UTF-8 form: it would come out on the other side as another name.
    if (point >= 0xd800 && point <= 0xdfff) return 'a name is well-formed Unicode'
    bytes += point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4
  }
  return bytes > bytesMax ? `a name has at most ${bytesMax} bytes, not ${bytes}` : undefined
}

/** C0, delete, C1, and Unicode's own line and paragraph ends. */
function isControl(point: number): boolean {
  return point < 0x20 || (point >= 0x7f && point < 0xa0) || point === 0x2028 || point === 0x2029
}
