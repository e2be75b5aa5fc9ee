/** The words of a line, as Asterisk's console reads it: blanks divide, double quotes hold together, a backslash takes the next letter as it is. */
export function wordsOf(line: string): string[] {
  const words: string[] = []
  let word: string | undefined
  let isQuoted = false
  for (let at = 0; at < line.length; at += 1) {
    const letter = line[at] ?? ''
    if (letter === '\\' && at + 1 < line.length) {
      at += 1
      word = (word ?? '') + (line[at] ?? '')
    } else if (letter === '"') {
      isQuoted = !isQuoted
      word ??= ''
    } else if (/\s/.test(letter) && !isQuoted) {
      if (word !== undefined) words.push(word)
      word = undefined
    } else word = (word ?? '') + letter
  }
  if (word !== undefined) words.push(word)
  return words
}
