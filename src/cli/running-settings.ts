import { settingViews, type Configuration } from '../config/settings.ts'
import type { SettingView } from '../control/shapes.ts'
import type { Node } from '../node/node.ts'

/** What is set in a running node: where nothing was set, what the node found out. */
export function runningSettings(configuration: Configuration, { entity }: Pick<Node, 'entity'>): SettingView[] {
  const views = settingViews(configuration).map((view) =>
    view.name === 'entity_id' && view.value === null ? { ...view, value: entity } : view,
  )
  return [...views, ...configuration.asteriskViews]
}
