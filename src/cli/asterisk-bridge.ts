import { join } from 'node:path'
import type { BridgeOptions } from '../asterisk/bridge-options.ts'
import { Bridge } from '../asterisk/bridge.ts'
import { FileJournal } from '../asterisk/journal.ts'
import { SocketWire } from '../asterisk/sip/socket-wire.ts'
import type { Configuration } from '../config/settings.ts'
import type { Node } from '../node/node.ts'
import { systemClock } from '../runtime/clock.ts'
import type { Log } from '../runtime/log.ts'
import { systemRandom } from '../runtime/random.ts'
import { namesMatcher } from '../state/device-name.ts'

/** The link to the local Asterisk that is configured, not started; undefined where none is. */
export async function asteriskBridge(
  node: Node,
  { asterisk, settings, latestDevices }: Configuration,
  log: Log,
  adopt: BridgeOptions['adopt'],
): Promise<Bridge | undefined> {
  if (asterisk === undefined) return undefined
  const path = join(settings.dataDir, 'asterisk.journal')
  const journal = await FileJournal.open(path, (error) => {
    log.error(
      `${path} cannot be written, so after a crash of this node lamps may stay on in Asterisk: ${error.message}`,
    )
  })
  return new Bridge({
    node,
    settings: asterisk,
    wire: new SocketWire(asterisk.sipListen),
    journal,
    isLatest: namesMatcher(latestDevices),
    clock: systemClock,
    random: systemRandom,
    log,
    adopt,
  })
}
