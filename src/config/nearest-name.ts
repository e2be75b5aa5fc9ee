/** Longer text is no typing error of one of our names, and need not be compared. */
const lengthMax = 40

/** `: did you mean "x"?` for the known name that is near to what was typed, else nothing. */
export function didYouMean(typed: string, known: Iterable<string>): string {
  const name = nearestName(typed, known)
  return name === undefined ? '' : `: did you mean "${name}"?`
}

/** The known name that is most probably meant; undefined when none is near. Case, `-` and `_` make no difference. */
export function nearestName(typed: string, known: Iterable<string>): string | undefined {
  if (typed.length > lengthMax) return undefined
  const wanted = bare(typed)
  let nearest: string | undefined
  let least = 1 + Math.max(1, Math.floor(wanted.length / 3))
  for (const name of known) {
    const steps = editDistance(wanted, bare(name))
    if (steps < least) [nearest, least] = [name, steps]
  }
  return nearest
}

const bare = (name: string): string => name.toLowerCase().replace(/[-_]/g, '')

/** Letters to insert, delete or replace to get from one word to the other (Levenshtein, 1966). */
function editDistance(from: string, to: string): number {
  let above = Array.from({ length: to.length + 1 }, (_, at) => at)
  for (let row = 1; row <= from.length; row += 1) {
    const line = [row]
    for (let column = 1; column <= to.length; column += 1) {
      const replaced = (above[column - 1] ?? 0) + (from[row - 1] === to[column - 1] ? 0 : 1)
      line.push(Math.min(replaced, (above[column] ?? 0) + 1, (line[column - 1] ?? 0) + 1))
    }
    above = line
  }
  return above[to.length] ?? 0
}
