import { seededRandom, type Random } from '../../src/runtime/random.ts'

/** Numbers at which decoders tend to break. */
const edges = [0, 1, 0x7f, 0x80, 0xff]

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
  switch (random.below(8)) {
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
    default: {
      const changed = Uint8Array.from(bytes)
      if (at < bytes.length) changed[at] = (changed[at] ?? 0) ^ (1 << random.below(8))
      return changed
    }
  }
}
