import { settingViews, type Configuration } from '../config/settings.ts'
import { fileNameOf, type SettingName } from '../config/settings-table.ts'
import { faultText, type Reading } from '../config/source.ts'
import { Failure } from '../runtime/failure.ts'
import type { LevelledLog } from './log.ts'

/** What takes effect while the node runs. */
export interface Live {
  setHooks(hooks: Configuration['hooks']): void
  setPeers(configuration: Configuration): void
  /** Also where nothing is set otherwise: the token's file may hold another one. True where that is so; rejects where HTTP is served as before. */
  setHttp(configuration: Configuration): Promise<boolean>
}

/** Settings that take effect without a restart. */
const liveSettings: readonly SettingName[] = ['peer', 'peers', 'http', 'httpTokenFile', 'logLevel']

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
    const served = await this.#serve(after, live)
    const names = liveSettings.filter((name) => served !== 'as before' || !name.startsWith('http'))
    const applied = names.filter((name) => isOther(before.settings[name], after.settings[name])).map(fileNameOf)
    if (served === 'otherwise' && !applied.some((name) => name.startsWith('http'))) applied.push('the token of HTTP')
    this.#log.level = after.settings.logLevel
    if (applied.includes('peer') || applied.includes('peers')) live.setPeers(after)
    if (isOther(before.hints, after.hints)) applied.push('hints')
    if (isOther(before.hooks, after.hooks)) {
      live.setHooks(after.hooks)
      applied.push('hooks')
    }
    this.#current = mixed(before, after, names)
    const waiting = waitingFor(this.#current, after)
    const done = applied.length === 0 ? 'nothing that can be applied has changed' : `applied: ${applied.join(', ')}`
    this.#log.info(`the configuration was read again; ${done}`)
    if (waiting.length > 0) this.#log.warn(`this takes effect when the node is started again: ${waiting.join(', ')}`)
  }

  async #serve(after: Configuration, live: Live): Promise<'otherwise' | 'the same' | 'as before'> {
    try {
      return (await live.setHttp(after)) ? 'otherwise' : 'the same'
    } catch (error) {
      if (!Failure.is(error)) throw error
      this.#log.error(`HTTP is served as before: ${error.message}`)
      return 'as before'
    }
  }
}

/** What is in effect: the new values of what was applied, the old ones of everything else. */
function mixed(before: Configuration, after: Configuration, names: readonly SettingName[]): Configuration {
  const applied = <Value extends object>(old: Value, fresh: Value): Value => ({
    ...old,
    ...Object.fromEntries(names.map((name) => [name, (fresh as Record<string, unknown>)[name]])),
  })
  return {
    ...before,
    settings: applied(before.settings, after.settings),
    sources: applied(before.sources, after.sources),
    hints: after.hints,
    hooks: after.hooks,
    notices: after.notices,
  }
}

/** What is set and not in effect, by the names in the file. */
function waitingFor(current: Configuration, after: Configuration): string[] {
  const now = new Map(settingViews(current).map(({ name, value }) => [name, value]))
  const names = settingViews(after)
    .filter(({ name, value }) => isOther(now.get(name), value))
    .map(({ name }) => name)
  if (isOther(current.channels, after.channels)) names.push('event channels')
  if (isOther(current.latestDevices, after.latestDevices)) names.push('reducers')
  if (isOther(current.asterisk, after.asterisk)) names.push('asterisk')
  return names
}

const isOther = (a: unknown, b: unknown): boolean => JSON.stringify(a) !== JSON.stringify(b)
