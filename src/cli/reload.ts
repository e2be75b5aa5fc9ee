import { settingViews, type Configuration } from '../config/settings.ts'
import { fileNameOf, type SettingName } from '../config/settings-table.ts'
import { faultText, type Reading } from '../config/source.ts'
import type { LevelledLog } from './log.ts'

/** What takes effect while the node runs. */
export interface Live {
  setHooks(hooks: Configuration['hooks']): void
}

/** Settings that take effect without a restart. */
const liveSettings: readonly SettingName[] = ['logLevel']

/** What a running node uses of its configuration; it can be read again. */
export class RunningConfiguration {
  readonly #read: () => Promise<Reading<Configuration>>
  readonly #log: LevelledLog
  #current: Configuration

  constructor(current: Configuration, read: () => Promise<Reading<Configuration>>, log: LevelledLog) {
    this.#current = current
    this.#read = read
    this.#log = log
  }

  get current(): Configuration {
    return this.#current
  }

  /** Reads everything again and applies what can be. A configuration with a fault changes nothing. */
  async readAgain(live: Live): Promise<void> {
    const read = await this.#read()
    if (!read.ok) {
      for (const fault of read.faults) this.#log.error(faultText(fault))
      this.#log.error('the configuration was read again and nothing of it was applied, because of these faults')
      return
    }
    const [before, after] = [this.#current, read.value]
    for (const notice of after.notices) this.#log.warn(faultText(notice))
    this.#log.level = after.settings.logLevel
    const applied = liveSettings.filter((name) => isOther(before.settings[name], after.settings[name])).map(fileNameOf)
    if (isOther(before.hints, after.hints)) applied.push('hints')
    if (isOther(before.hooks, after.hooks)) {
      live.setHooks(after.hooks)
      applied.push('hooks')
    }
    this.#current = mixed(before, after)
    const waiting = waitingFor(before, after)
    const done = applied.length === 0 ? 'nothing that can be applied has changed' : `applied: ${applied.join(', ')}`
    this.#log.info(`the configuration was read again; ${done}`)
    if (waiting.length > 0) this.#log.warn(`this takes effect when the node is started again: ${waiting.join(', ')}`)
  }
}

/** What is in effect: the new values of what is live, the old ones of everything else. */
function mixed(before: Configuration, after: Configuration): Configuration {
  const live = <Value extends object>(old: Value, fresh: Value): Value => ({
    ...old,
    ...Object.fromEntries(liveSettings.map((name) => [name, (fresh as Record<string, unknown>)[name]])),
  })
  return {
    ...before,
    settings: live(before.settings, after.settings),
    sources: live(before.sources, after.sources),
    hints: after.hints,
    hooks: after.hooks,
    notices: after.notices,
  }
}

/** What is set and not in effect, by the names in the file. */
function waitingFor(before: Configuration, after: Configuration): string[] {
  const now = new Map(settingViews(before).map(({ name, value }) => [name, value]))
  const names = settingViews(after)
    .filter(({ name, value }) => !liveSettings.map(fileNameOf).includes(name) && isOther(now.get(name), value))
    .map(({ name }) => name)
  if (isOther(before.channels, after.channels)) names.push('event channels')
  if (isOther(before.latestDevices, after.latestDevices)) names.push('reducers')
  if (isOther(before.asterisk, after.asterisk)) names.push('asterisk')
  return names
}

const isOther = (a: unknown, b: unknown): boolean => JSON.stringify(a) !== JSON.stringify(b)
