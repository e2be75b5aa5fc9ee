import type { CheckReport, Explanation } from '../../node/views.ts'
import type { HintView, MemberShape, NodeView } from '../shapes.ts'

/** An answer that takes longer counts as none. */
const answerMaxMs = 4000
const checkMaxMs = 15_000

async function ask(method: string, path: string, waitMs = answerMaxMs): Promise<unknown> {
  const response = await fetch(`/api/v1${path}`, { method, signal: AbortSignal.timeout(waitMs) })
  if (response.ok) return response.status === 204 ? undefined : await response.json()
  const problem = (await response.json().catch(() => undefined)) as { readonly detail?: string } | undefined
  throw new Error(problem?.detail ?? `the node answered ${response.status}`)
}

const part = encodeURIComponent

export const askNode = async (): Promise<NodeView> => (await ask('GET', '/node')) as NodeView

export const askMembers = async (): Promise<readonly MemberShape[]> =>
  (await ask('GET', '/members')) as readonly MemberShape[]

export const askHints = async (): Promise<readonly HintView[]> => (await ask('GET', '/hints')) as readonly HintView[]

export const askCheck = async (): Promise<CheckReport> => (await ask('GET', '/check', checkMaxMs)) as CheckReport

export const askExplanation = async (key: string): Promise<Explanation> =>
  (await ask('GET', `/explain/${part(key)}`)) as Explanation

export const putState = async (device: string, state: string): Promise<void> => {
  await ask('PUT', `/deviceStates/${part(device)}?deviceState=${part(state)}`)
}

export const deleteState = async (device: string): Promise<void> => {
  await ask('DELETE', `/deviceStates/${part(device)}`)
}
