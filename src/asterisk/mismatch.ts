import type { EntityId } from '../state/entity-id.ts'

/** What is wrong where the local Asterisk is another entity than its node, and what people can do about it. */
export function mismatchText(own: EntityId, asterisk: EntityId, isTaken: boolean): string {
  const fact = `the local Asterisk has the entity ID ${asterisk} and this node ${own}, so nothing is exchanged`
  if (!isTaken) return `${fact}: set entity_id = ${asterisk} in lampfield.conf, or entityid = ${own} in asterisk.conf`
  return `${fact}, and another node of the cluster has ${asterisk} already: give each Asterisk an entityid of its own in asterisk.conf`
}
