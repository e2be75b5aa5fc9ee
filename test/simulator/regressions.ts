import type { Plan, Step } from './plan.ts'

/** A history that once ended badly, and why: it shall never again. Plain plans, so that they stay what they are when the maker of plans changes. */
export interface Regression {
  readonly why: string
  readonly plan: Plan
}

/** Starts in milliseconds, with the rates of the clocks that do not go right. */
const startsOf = (startsAtMs: readonly number[], rates: Readonly<Record<number, number>> = {}): Plan['starts'] =>
  startsAtMs.map((atMs, server) => ({ atMs, rate: rates[server] ?? 1 }))

const planOf = (seed: number, startsAtMs: readonly number[], endMs: number, steps: readonly Step[]): Plan => ({
  seed,
  starts: startsOf(startsAtMs),
  forgetAfterMs: 86_400_000,
  endMs,
  steps,
})

/** As `planOf`, where up to three servers only are all linked with all. */
const sparsePlanOf = (...plan: Parameters<typeof planOf>): Plan => ({ ...planOf(...plan), fullMeshMax: 3 })

const yearMs = 31_536_000_000

export const regressions: readonly Regression[] = [
  {
    why: 'a later life was known from disk only, and who came back with an old disk and an old clock was never told of it',
    plan: planOf(1, [0, 0], 20_000, [
      { kind: 'crash', server: 0, power: false, disk: 'same', forMs: 1000, atMs: 5000 },
      { kind: 'clock-step', server: 0, byMs: -yearMs, atMs: 9000 },
      { kind: 'crash', server: 0, power: false, disk: { old: 2 }, forMs: 5000, atMs: 10_000 },
      { kind: 'crash', server: 1, power: false, disk: 'same', forMs: 1000, atMs: 11_000 },
    ]),
  },
  {
    why: "a clone's documents were believed by somebody who never heard of its life, and outlived it",
    plan: planOf(4027, [379, 172, 390, 247], 38_595, [
      { kind: 'clone', server: 0, copied: true, forMs: 17_203, atMs: 21_398 },
      { kind: 'partition', islands: [3, 0, 3, 2], forMs: 8376, atMs: 27_276 },
      { kind: 'slow', server: 1, stallMs: 904, everyMs: 2710, forMs: 2873, atMs: 28_677 },
      { kind: 'clone', server: 2, copied: true, forMs: 3683, atMs: 33_826 },
      { kind: 'partition', islands: [3, 0, 2, 2], forMs: 2410, atMs: 34_790 },
    ]),
  },
  {
    why: 'each stall of a slow observer began all suspicions anew, and a dead member counted for ever',
    plan: planOf(1, [0, 0, 0], 90_000, [
      { kind: 'slow', server: 0, stallMs: 700, everyMs: 1600, forMs: 80_000, atMs: 3000 },
      { kind: 'set', server: 1, key: 0, value: 1068, atMs: 8000 },
      { kind: 'crash', server: 1, power: false, disk: 'same', forMs: 500_000, atMs: 10_000 },
    ]),
  },
  {
    why: 'a greeting to one peer counted as the answer to an accusation that all had heard, and the accused went down',
    plan: planOf(5_000_228, [0, 7, 14, 21], 18_222, [
      { kind: 'cut', a: 1, b: 3, oneWay: false, forMs: 3747, atMs: 3000 },
      { kind: 'flap', a: 1, b: 2, everyMs: 7277, forMs: 9327, atMs: 6169 },
      { kind: 'cut', a: 2, b: 1, oneWay: false, forMs: 1117, atMs: 12_451 },
      { kind: 'cut', a: 3, b: 1, oneWay: true, forMs: 2821, atMs: 13_479 },
      { kind: 'flap', a: 3, b: 1, everyMs: 9773, forMs: 676, atMs: 15_942 },
    ]),
  },
  {
    why: 'two keys of one server, one after another, were taken for two servers',
    plan: planOf(300_513, [25, 206], 14_960, [
      { kind: 'set', server: 0, key: 2, value: 1020, atMs: 9180 },
      { kind: 'set', server: 0, key: 0, value: 1021, atMs: 9699 },
      { kind: 'set', server: 1, key: 4, value: 1032, atMs: 12_776 },
      { kind: 'set', server: 1, key: 2, value: 1033, atMs: 13_263 },
      { kind: 'crash', server: 0, power: false, disk: 'none', forMs: 12, atMs: 13_926 },
      { kind: 'crash', server: 0, power: false, disk: { old: 2 }, forMs: 551, atMs: 13_960 },
    ]),
  },
  {
    why: 'a machine copied with its data directory pushed the original off the third server, which took both for down, and nobody was told in time',
    plan: planOf(1, [0, 0, 0, 0], 40_000, [
      { kind: 'set', server: 1, key: 0, value: 1068, atMs: 8000 },
      { kind: 'clone', server: 1, copied: true, forMs: 15_000, atMs: 18_000 },
      { kind: 'set', server: 1, key: 0, value: 1069, atMs: 24_000 },
    ]),
  },
  {
    why: 'the last call of a process that ended came to its end beside the next process of the same server, and was taken for a copy',
    plan: planOf(2, [0, 50, 100, 150], 16_000, [
      { kind: 'cut', a: 3, b: 2, oneWay: false, forMs: 5000, atMs: 5000 },
      { kind: 'leave', server: 2, forMs: 190, atMs: 10_217 },
      { kind: 'leave', server: 2, forMs: 9, atMs: 10_513 },
    ]),
  },
  {
    why: 'a server was stopped just as its link to another broke: it could not contradict, and being down for that moment was no false death',
    plan: planOf(1, [0, 7, 14, 21], 16_000, [
      { kind: 'cut', a: 2, b: 3, oneWay: false, forMs: 4445, atMs: 6000 },
      { kind: 'pause', server: 2, forMs: 955, atMs: 9900 },
    ]),
  },
  {
    why: 'of a copied machine only those knew in time that were linked with one of the two: they met the other at their door',
    plan: sparsePlanOf(2_000_110, [195, 244, 112, 147, 1191], 22_034, [
      { kind: 'clone', server: 2, copied: true, forMs: 7008, atMs: 17_033 },
    ]),
  },
  {
    why: 'a later life was known to one that is not linked with the server, and what it showed its neighbour never reached the server',
    plan: sparsePlanOf(3, [402, 475, 376, 99, 399], 42_000, [
      { kind: 'pause', server: 0, forMs: 2881, atMs: 14_057 },
      { kind: 'clone', server: 0, copied: true, forMs: 4614, atMs: 31_648 },
    ]),
  },
  {
    why: 'no way led to a server that others took for down, though it was linked, and it took them for down in its turn',
    plan: {
      ...sparsePlanOf(1_000_042, [], 60_000, [{ kind: 'clone', server: 9, copied: true, forMs: 1676, atMs: 57_014 }]),
      starts: [
        { atMs: 272, rate: 1.016 },
        { atMs: 396, rate: 1 },
        { atMs: 102, rate: 1 },
        { atMs: 475, rate: 1.037 },
        { atMs: 439, rate: 1 },
        { atMs: 62, rate: 1 },
        { atMs: 318, rate: 0.99 },
        { atMs: 3, rate: 0.962 },
        { atMs: 9979, rate: 1 },
        { atMs: 483, rate: 1 },
        { atMs: 3702, rate: 1 },
        { atMs: 20, rate: 1 },
      ],
    },
  },
  {
    why: 'a newcomer was heard of from a neighbour that had its documents a moment later: in vain they were asked for, and not again before its next word',
    plan: {
      ...sparsePlanOf(3_000_036, [], 10_801, [{ kind: 'set', server: 1, key: 0, value: 1041, atMs: 10_211 }]),
      starts: [
        { atMs: 106, rate: 1 },
        { atMs: 9522, rate: 1 },
        { atMs: 404, rate: 1 },
        { atMs: 451, rate: 1 },
        { atMs: 273, rate: 1 },
        { atMs: 232, rate: 0.963 },
        { atMs: 61, rate: 1.037 },
        { atMs: 250, rate: 0.986 },
        { atMs: 146, rate: 0.963 },
      ],
      forgetAfterMs: 60_000,
    },
  },
  {
    why: 'words of an earlier life that a link had held back came all at once, and looked like a second server that was running',
    plan: planOf(1, [244, 171, 98], 12_000, [
      { kind: 'cut', a: 0, b: 1, oneWay: false, forMs: 6041, atMs: 2500 },
      { kind: 'cut', a: 2, b: 1, oneWay: false, forMs: 2808, atMs: 5745 },
      { kind: 'pause', server: 2, forMs: 760, atMs: 8441 },
      { kind: 'crash', server: 1, power: true, disk: 'same', forMs: 9, atMs: 8596 },
    ]),
  },
  {
    why: 'a server that had lost its key heard one word of the lost one, which a link had held back, and took it for a second server',
    plan: planOf(
      3_005_628,
      [
        233, 401, 359, 433, 476, 111, 468, 407, 252, 423, 138, 355, 420, 174, 218, 400, 410, 1117, 357, 44, 357, 22,
        101, 304,
      ],
      17_544,
      [
        {
          kind: 'partition',
          islands: [0, 0, 0, 0, 0, 0, 1, 0, 0, 1, 0, 0, 0, 1, 1, 1, 1, 1, 0, 0, 0, 1, 1, 0],
          forMs: 7266,
          atMs: 10_032,
        },
        { kind: 'set', server: 16, key: 12, value: 1007, atMs: 10_853 },
        {
          kind: 'partition',
          islands: [1, 0, 1, 1, 1, 0, 1, 1, 0, 0, 1, 1, 0, 0, 0, 1, 0, 1, 1, 0, 1, 0, 1, 0],
          forMs: 3712,
          atMs: 13_830,
        },
        { kind: 'set', server: 11, key: 12, value: 1009, atMs: 13_976 },
        { kind: 'crash', server: 23, power: true, disk: 'none', forMs: 113, atMs: 15_410 },
      ],
    ),
  },
  {
    why: 'two servers ran with one key, and a third one was blamed for having told of what the other of the two had said',
    plan: {
      ...planOf(4_001_895, [], 60_000, [
        { kind: 'set', server: 23, key: 3, value: 1010, atMs: 16_231 },
        { kind: 'read', server: 15, atMs: 16_999 },
        { kind: 'unset', server: 22, key: 1, atMs: 17_136 },
        { kind: 'leave', server: 8, forMs: 1151, atMs: 17_830 },
        { kind: 'set', server: 3, key: 2, value: 1013, atMs: 18_184 },
        { kind: 'set', server: 15, key: 6, value: 1014, atMs: 18_364 },
        { kind: 'read', server: 18, atMs: 19_842 },
        { kind: 'set', server: 6, key: 1, value: 1016, atMs: 21_122 },
        { kind: 'clone', server: 23, copied: true, forMs: 19_415, atMs: 22_164 },
        { kind: 'set', server: 20, key: 2, value: 1017, atMs: 22_856 },
        { kind: 'set', server: 12, key: 0, value: 1018, atMs: 24_324 },
        { kind: 'unset', server: 12, key: 2, atMs: 25_843 },
        { kind: 'set', server: 17, key: 0, value: 1020, atMs: 26_423 },
        { kind: 'set', server: 14, key: 4, value: 1021, atMs: 28_761 },
        { kind: 'set', server: 7, key: 5, value: 1022, atMs: 30_306 },
        { kind: 'set', server: 6, key: 3, value: 1023, atMs: 31_998 },
        { kind: 'leave', server: 23, forMs: 16, atMs: 33_002 },
      ]),
      starts: startsOf(
        [
          160, 443, 137, 89, 79, 333, 266, 491, 153, 358, 276, 346, 250, 172, 333, 267, 211, 455, 202, 106, 585, 280,
          319, 359,
        ],
        {
          3: 1.016,
          4: 0.956,
          6: 0.962,
          7: 0.987,
          9: 0.976,
          11: 0.98,
          12: 1.003,
          14: 1.013,
          18: 0.972,
          22: 0.963,
          23: 1.028,
        },
      ),
    },
  },
  {
    why: 'a server had heard of a new life sooner than the one that asked it for the earlier, and was blamed for having told of what had gone',
    plan: planOf(
      2_009_100,
      [
        253, 6, 169, 231, 279, 203, 124, 412, 376, 375, 232, 309, 138, 314, 262, 24, 20, 225, 347, 329, 411, 4459, 1684,
        497,
      ],
      18_000,
      [
        { kind: 'set', server: 13, key: 0, value: 1056, atMs: 5797 },
        {
          kind: 'partition',
          islands: [0, 1, 1, 0, 0, 1, 0, 1, 0, 0, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 1, 1],
          forMs: 6589,
          atMs: 7949,
        },
        { kind: 'set', server: 13, key: 2, value: 1087, atMs: 7963 },
        { kind: 'set', server: 22, key: 0, value: 1147, atMs: 12_106 },
        { kind: 'crash', server: 22, power: false, disk: 'same', forMs: 63, atMs: 14_481 },
      ],
    ),
  },
]
