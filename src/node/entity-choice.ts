import { createHash } from 'node:crypto'
import { mkdir, readFile, stat, writeFile, rm } from 'node:fs/promises'
import { homedir, networkInterfaces } from 'node:os'
import { join, resolve } from 'node:path'
import { Failure } from '../runtime/failure.ts'
import {
  entityIdBytes,
  entityIdFromBytes,
  entityIdFromInterfaces,
  type EntityId,
  type InterfaceAddress,
} from '../state/entity-id.ts'

/** Where it is noted which data directory took a machine's hardware address as its entity ID. */
function claimsDirectory(environment: NodeJS.ProcessEnv): string {
  const base = environment['XDG_STATE_HOME'] ?? join(homedir(), '.local', 'state')
  return join(base, 'lampfield-claims')
}

/** The interfaces of this machine in the system's order. */
function machineInterfaces(): InterfaceAddress[] {
  return Object.entries(networkInterfaces()).flatMap(([name, addresses]) =>
    (addresses ?? []).map(({ mac }) => ({ interface: name, mac })),
  )
}

/**
 * The entity ID for a data directory that has none yet. The first directory on a machine gets the hardware address, as
 * Asterisk does; a further one gets a locally administered address made from both, so that several nodes on one machine need
 * only different directories.
 */
export async function chooseEntityId(
  dataDirectory: string,
  interfaces: readonly InterfaceAddress[] = machineInterfaces(),
  claims: string = claimsDirectory(process.env),
): Promise<EntityId> {
  const hardware = entityIdFromInterfaces(interfaces)
  if (hardware === undefined) {
    throw new Failure('invalid-argument', 'no network interface has a hardware address: set an entity ID (--entity-id)')
  }
  const directory = resolve(dataDirectory)
  return (await claim(claims, hardware, directory)) ? hardware : derivedEntityId(hardware, directory)
}

/** A locally administered unicast address from a hardware address and a path. */
function derivedEntityId(hardware: EntityId, directory: string): EntityId {
  const hash = createHash('sha256').update(entityIdBytes(hardware)).update(directory).digest()
  // Bit 1 of the first byte says "locally administered", bit 0 would say "multicast" (IEEE 802).
  hash[0] = ((hash[0] ?? 0) | 0x02) & 0xfe
  return entityIdFromBytes(hash.subarray(0, 6)) ?? hardware
}

/**
 * Notes that a directory has the hardware address; false where another directory, which still exists, has it. Creating the
 * note is atomic, so of several nodes that start at once one is first.
 */
async function claim(claims: string, hardware: EntityId, directory: string): Promise<boolean> {
  const note = join(claims, hardware.replaceAll(':', '-'))
  for (let attempt = 0; attempt < 3; attempt += 1) {
    try {
      await mkdir(claims, { recursive: true, mode: 0o700 })
      await writeFile(note, directory, { flag: 'wx', mode: 0o600 })
      return true
    } catch (error) {
      // Where no note can be kept at all, the hardware address is still the best answer: one node a machine is the rule.
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') return true
    }
    const holder = await readFile(note, 'utf8').catch(() => '')
    if (holder === directory) return true
    if (holder !== '' && (await stat(holder).catch(() => undefined)) !== undefined) return false
    if (holder !== '') await rm(note, { force: true })
  }
  return false
}
