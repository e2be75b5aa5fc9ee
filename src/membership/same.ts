import type { ChannelRole } from '../state/announcement.ts'

export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, at) => byte === b[at])
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
