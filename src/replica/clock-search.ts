/** How many of `count` ascending clocks are below `clock`. */
export function countBelow(count: number, clockAt: (place: number) => number, clock: number): number {
  let [low, high] = [0, count]
  while (low < high) {
    const middle = (low + high) >>> 1
    if (clockAt(middle) < clock) low = middle + 1
    else high = middle
  }
  return low
}
