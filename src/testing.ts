/**
 * For the tests of programs that use Lampfield, and of networks, stores, clocks and reducers made for it: whole clusters in virtual time,
 * and the contracts of the ports. It needs no test runner.
 *
 * @packageDocumentation
 */

// Whole clusters in virtual time.
export { entityIdOf, VirtualCluster, type VirtualClusterOptions } from './testing/virtual-cluster.ts'
export { VirtualServer, type VirtualWorld } from './testing/virtual-server.ts'
export { quickSignatures } from './testing/quick-signatures.ts'
export {
  processClock,
  skewedClock,
  VirtualClock,
  type ClockSkew,
  type ProcessClock,
  type VirtualClockOptions,
} from './runtime/virtual-clock.ts'
export { seededRandom } from './runtime/random.ts'
export { MemoryHub } from './network/memory-hub.ts'
export type { KeeperSettings } from './network/keeper-settings.ts'
export type { NetworkLimits } from './network/network-limits.ts'
export type { MemoryHubOptions, PathShape, Traffic } from './network/memory-hub-options.ts'
export { createMemoryNetwork, type MemoryNetworkOptions } from './network/memory-network.ts'
export { MemoryDisk, type DiskImage } from './storage/memory-store.ts'
export { peerIdOf } from './state/peer-id.ts'

// Contracts of the ports, and the laws of reducers.
export type { ContractCase } from './testing/contract-case.ts'
export { clockContract, type ClockSetup } from './testing/clock-contract.ts'
export { networkContract } from './testing/network-contract.ts'
export { memoryNetworkSetup } from './testing/memory-network-setup.ts'
export type { NetworkSetup, NetworkSetupOptions } from './testing/network-bench.ts'
export { randomContract } from './testing/random-contract.ts'
export { storeContract, type StoreSite } from './testing/store-contract.ts'
export {
  assertReducerLaws,
  type ArbitraryLike,
  type FastCheckLike,
  type ReducerLawOptions,
} from './testing/reducer-laws.ts'
