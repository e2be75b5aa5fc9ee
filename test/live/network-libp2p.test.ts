import { ed25519 } from '../../src/runtime/signature.ts'
import { networkContract } from '../../src/testing/network-contract.ts'
import { contractSuite } from '../contract/suite.ts'
import { liveNetwork, pause, until } from './network-support.ts'

contractSuite(
  'the network contract: libp2p',
  networkContract(() => ({
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
  })),
)
