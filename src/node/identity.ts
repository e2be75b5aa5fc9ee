import type { Clock } from '../runtime/clock.ts'
import { Failure } from '../runtime/failure.ts'
import type { Random } from '../runtime/random.ts'
import type { KeyPair, Signatures } from '../runtime/signature.ts'
import { entityIdBytes, entityIdFromBytes, type EntityId } from '../state/entity-id.ts'
import type { Life } from '../state/version.ts'
import type { Store, StoreWrite } from '../storage/store.ts'

/** Who this node is, from its data directory. */
export interface Identity {
  readonly entity: EntityId
  readonly keys: KeyPair
  /** The life that begins now. */
  readonly life: Life
}

export interface IdentitySources {
  readonly store: Store
  readonly clock: Clock
  readonly random: Random
  readonly signatures: Signatures
  /** The entity ID to be, where one is set; it is then kept in the directory. */
  readonly entityId: EntityId | undefined
  /** Finds an entity ID where none is set and none is kept. */
  readonly chooseEntityId: () => Promise<EntityId>
}

const keyPath = 'identity/key'
const entityPath = 'identity/entity'
const incarnationPath = 'identity/incarnation'

/** Reads the identity and begins the next life, on disk before anybody hears of it. */
export async function loadIdentity(sources: IdentitySources): Promise<Identity> {
  const { store } = sources
  const keys = await loadKeys(store, sources.signatures)
  const kept = await store.get(entityPath)
  const keptEntity = kept === undefined ? undefined : entityIdFromBytes(kept)
  if (kept !== undefined && keptEntity === undefined) {
    throw new Failure('store-damaged', 'the store holds an entity ID that is none; move the data directory away')
  }
  const entity = sources.entityId ?? keptEntity ?? (await sources.chooseEntityId())
  if (entity !== keptEntity) await store.write([{ key: entityPath, value: entityIdBytes(entity) }])
  const life = lifeAfter(await keptIncarnation(store), sources)
  await store.write([incarnationWrite(life)])
  return { entity, keys, life }
}

/**
 * The life after `above`: max(persisted + 1, wall clock, heard + 1). A restarted node so beats its old life with or without
 * its disk, whatever its clock says; where both are lost, whoever remembers a higher life tells it.
 */
export function lifeAfter(above: number, { clock, random }: Pick<IdentitySources, 'clock' | 'random'>): Life {
  return { incarnation: Math.max(above + 1, Math.floor(clock.wallMs())), nonce: random.uint32() }
}

export function incarnationWrite({ incarnation }: Life): StoreWrite {
  return { key: incarnationPath, value: Buffer.from(String(incarnation)) }
}

async function keptIncarnation(store: Store): Promise<number> {
  const bytes = await store.get(incarnationPath)
  if (bytes === undefined) return 0
  const incarnation = Number(Buffer.from(bytes).toString())
  if (Number.isSafeInteger(incarnation) && incarnation >= 0) return incarnation
  throw new Failure('store-damaged', 'the store holds an incarnation that is no number; move the data directory away')
}

async function loadKeys(store: Store, signatures: Signatures): Promise<KeyPair> {
  const kept = await store.get(keyPath)
  if (kept === undefined) {
    const keys = signatures.generate()
    await store.write([{ key: keyPath, value: Buffer.concat([keys.privateKey, keys.publicKey]) }])
    return keys
  }
  if (kept.length !== 64) {
    throw new Failure('store-damaged', 'the store holds a key of a wrong length; move the data directory away')
  }
  return { privateKey: kept.slice(0, 32), publicKey: kept.slice(32) }
}
