import type { ChannelRole } from '../state/announcement.ts'

export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false
  for (let at = 0; at < a.length; at += 1) if (a[at] !== b[at]) return false
  return true
}

export function sameTexts(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((text, at) => text === b[at])
}

export function sameRoles(a: readonly ChannelRole[], b: readonly ChannelRole[]): boolean {
  return a.length === b.length && a.every((role, at) => sameRole(role, b[at]))
}

function sameRole(a: ChannelRole, b: ChannelRole | undefined): boolean {
  return a.channel === b?.channel && a.publish === b.publish && a.subscribe === b.subscribe
}
