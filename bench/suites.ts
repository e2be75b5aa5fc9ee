import type { Suite } from './suite.ts'
import { convergence } from './suites/convergence.ts'
import { death } from './suites/death.ts'
import { growth } from './suites/growth.ts'
import { join } from './suites/join.ts'
import { micro } from './suites/micro.ts'
import { partition } from './suites/partition.ts'
import { scale } from './suites/scale.ts'
import { throughput } from './suites/throughput.ts'
import { versus } from './suites/versus.ts'

/** All suites, in the order in which they run. */
export const suites: readonly Suite[] = [convergence, throughput, death, join, partition, growth, micro, scale, versus]
