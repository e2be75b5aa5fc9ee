import { ed25519 } from '../../src/runtime/signature.ts'
import { networkContract } from '../contract/network.ts'
import { liveNetwork, pause, until } from './network-support.ts'

networkContract('libp2p', () => ({
  make: (count, { limits, listen, oneKey = false }) => {
    const keys = ed25519().generate()
    return Array.from({ length: count }, () =>
      liveNetwork({
        limits,
        ...(listen === undefined ? {} : { listen: [listen] }),
        ...(oneKey ? { keys } : {}),
      }),
    )
  },
  until: (condition) => until(condition),
  settle: () => pause(300),
}))
