const customPrefix = 'custom:'

/**
 * Whether a device is a state set by hand rather than reported by a channel driver: `Custom:` in any case in front, as
 * Asterisk reads it. The names themselves are case-sensitive: `custom:lamp` and `Custom:lamp` are two devices.
 */
export function isCustom(device: string): boolean {
  return device.length > customPrefix.length && device.slice(0, customPrefix.length).toLowerCase() === customPrefix
}

/** Tells whether a name fits a pattern. */
export type NameMatcher = (name: string) => boolean

/**
 * The matcher of a pattern such as `PJSIP/*` or `*-door`: `*` stands for any run of characters, also none; everything
 * else stands for itself, in its case. The pieces between the stars are looked for from left to right and never again
 * further left, so no pattern makes it slow.
 */
export function nameMatcher(pattern: string): NameMatcher {
  const [first = '', ...later] = pattern.split('*')
  const last = later.pop()
  if (last === undefined) return (name) => name === pattern
  const middle = later.filter((piece) => piece !== '')
  return (name) => {
    const end = name.length - last.length
    if (end < first.length || !name.startsWith(first) || !name.endsWith(last)) return false
    let at = first.length
    for (const piece of middle) {
      const found = name.indexOf(piece, at)
      if (found < 0 || found + piece.length > end) return false
      at = found + piece.length
    }
    return true
  }
}

/** The matcher of several patterns: a name fits when it fits one of them. None fits nothing. */
export function namesMatcher(patterns: readonly string[]): NameMatcher {
  const matchers = patterns.map(nameMatcher)
  return (name) => matchers.some((fits) => fits(name))
}
