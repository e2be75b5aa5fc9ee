import { seededRandom, type Random } from '../../src/runtime/random.ts'

/** Numbers at which decoders tend to break. */
const edges = [0, 1, 0x7f, 0x80, 0xff]

/** The same for numbers of several bytes: where integers of 16, 32 and 53 bits end, and what is a little too much. */
const largeEdges = [0, 1, 127, 128, 4096, 4097, 65_535, 65_536, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1, 2 ** 48, 2 ** 48 + 1]
const mostEdges = [...largeEdges, 2 ** 53 - 1, 2 ** 53, 2 ** 63]

/** Bytes as a stranger might send them: pure noise now and then, else a good sample with a few wounds. */
export function damaged(samples: readonly Uint8Array[], seed: number): Uint8Array {
  const random = seededRandom(seed)
  if (random.below(20) === 0 || samples.length === 0) return noise(random, random.below(200))
  let bytes = Uint8Array.from(samples[random.below(samples.length)] ?? [])
  for (let wounds = 1 + random.below(4); wounds > 0; wounds -= 1) bytes = wound(random, bytes, samples)
  return bytes
}

function noise(random: Random, length: number): Uint8Array {
  return Uint8Array.from({ length }, () => random.below(256))
}

function wound(random: Random, bytes: Uint8Array, samples: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const at = random.below(bytes.length + 1)
  const until = Math.min(bytes.length, at + random.below(16))
  const put = (middle: Uint8Array, from = at): Uint8Array<ArrayBuffer> =>
    Uint8Array.from([...bytes.subarray(0, at), ...middle, ...bytes.subarray(from)])
  switch (random.below(12)) {
    case 0:
      return Uint8Array.from(bytes.subarray(0, at))
    case 1:
      return put(new Uint8Array(0), until)
    case 2:
      return put(noise(random, 1 + random.below(8)))
    case 3:
      return put(bytes.subarray(at, until))
    // A number of many bytes: a length, a count or a clock far beyond what follows.
    case 4:
      return put(
        Uint8Array.from({ length: 1 + random.below(9) }, () => 0xff),
        until,
      )
    case 5: {
      const other = samples[random.below(samples.length)] ?? bytes
      return put(other.subarray(random.below(other.length + 1)))
    }
    case 6:
      return put(Uint8Array.of(edges[random.below(edges.length)] ?? 0), Math.min(bytes.length, at + 1))
    // The structure stays whole, and one number in it is another one.
    case 7: {
      const number = numberAt(bytes, at)
      const edge = mostEdges[random.below(mostEdges.length)] ?? 0
      const value = random.below(3) === 0 ? Math.max(0, number.value + random.below(5) - 2) : edge
      return put(varint(value), number.end)
    }
    // The same for text: a number, a line or a field, another one in its place.
    case 8:
      return retold(random, bytes, / *\d+/g, () => String(mostEdges[random.below(mostEdges.length)]))
    case 9:
      return retold(random, bytes, /[^\n]*\n/g, (line) => line.repeat(random.below(4)))
    case 10:
      return retold(random, bytes, /[^\s:;,=/<>"&@]+/g, (word) => {
        return (
          [word.toUpperCase(), word + word, '', 'x'.repeat(5000), '%00', '__proto__', '-1'][random.below(7)] ?? word
        )
      })
    default: {
      const changed = Uint8Array.from(bytes)
      if (at < bytes.length) changed[at] = (changed[at] ?? 0) ^ (1 << random.below(8))
      return changed
    }
  }
}

/** The number of variable length that begins at a place, and where it ends. */
function numberAt(bytes: Uint8Array, at: number): { readonly value: number; readonly end: number } {
  let [value, end] = [0, at]
  for (let shift = 1; end < bytes.length && end - at < 8; shift *= 128) {
    const byte = bytes[end] ?? 0
    value += (byte & 127) * shift
    end += 1
    if (byte < 128) break
  }
  return { value, end }
}

function varint(value: number): Uint8Array {
  const bytes: number[] = []
  let left = value
  for (; left >= 128; left = Math.floor(left / 128)) bytes.push((left % 128) + 128)
  return Uint8Array.from([...bytes, left])
}

/** One match of a pattern, told otherwise. */
function retold(
  random: Random,
  bytes: Uint8Array,
  pattern: RegExp,
  tell: (match: string) => string,
): Uint8Array<ArrayBuffer> {
  const text = Buffer.from(bytes).toString('latin1')
  const matches = [...text.matchAll(pattern)]
  const match = matches[random.below(Math.max(1, matches.length))]
  if (match === undefined) return Uint8Array.from(bytes)
  const after = text.slice(match.index + match[0].length)
  return Uint8Array.from(Buffer.from(text.slice(0, match.index) + tell(match[0]) + after, 'latin1'))
}
