import type { FastifyInstance } from 'fastify'
import { hintState } from '../../state/hint.ts'
import type { ControlContext, NamedHint } from '../context.ts'
import type { HintView } from '../shapes.ts'
import { listOf } from './describe.ts'

/** Extensions and what a phone that watches them sees. */
export function hintRoutes(app: FastifyInstance, { node, hub, hints }: ControlContext): void {
  const view = ({ extension, devices }: NamedHint): HintView => {
    const states = devices.map((device) => node.get('device_state', device))
    const { text, code } = hintState(states)
    return {
      extension,
      devices: devices.map((name, at) => ({ name, state: states[at] ?? 'INVALID' })),
      state: text,
      code,
      watchers: hub.watchersOf(devices),
    }
  }
  const describe = {
    id: 'listHints',
    summary: 'Extensions, and what a phone that watches them sees',
    answers: { 200: listOf('Hint') },
  }
  app.get('/hints', { config: { describe } }, () => hints().map(view))
}
