import { networkContract } from '../contract/network.ts'
import { liveNetwork, pause, until } from './network-support.ts'

networkContract('libp2p', () => ({
  make: (count, { limits, listen }) =>
    Array.from({ length: count }, () => liveNetwork({ limits, ...(listen === undefined ? {} : { listen: [listen] }) })),
  until: (condition) => until(condition),
  settle: () => pause(300),
}))
