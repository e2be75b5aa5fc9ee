import type { Logger } from '@libp2p/interface'

const silent = (): void => undefined

/** Takes what libp2p logs, and keeps nothing. */
export const silentLogger: Logger = Object.assign(silent, {
  error: silent,
  trace: silent,
  enabled: false,
  newScope: () => silentLogger,
})
