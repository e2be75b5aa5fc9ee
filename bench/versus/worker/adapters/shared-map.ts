import { load } from '../load.ts'
import type { Notice } from '../adapter.ts'

/** The part of Yjs and of its awareness protocol that is used here. */
export interface Document {
  getMap(name: string): SharedMap
}

export interface SharedMap {
  get(key: string): unknown
  set(key: string, value: string): void
  observe(listener: (event: { readonly keysChanged: ReadonlySet<string> }) => void): void
}

export interface Awareness {
  getStates(): ReadonlyMap<number, { readonly name?: string }>
  setLocalState(state: { readonly name: string }): void
  on(event: 'change', listener: (changes: Readonly<Record<'added' | 'updated' | 'removed', number[]>>) => void): void
}

interface Yjs {
  Doc: new () => Document
}

/** One map of a Yjs document, whose changes are told. */
export async function sharedMap(notice: Notice): Promise<{ document: Document; map: SharedMap }> {
  const { Doc } = await load<Yjs>('yjs')
  const document = new Doc()
  const map = document.getMap('state')
  map.observe(({ keysChanged }) => {
    for (const key of keysChanged) notice.changed(key, String(map.get(key)))
  })
  return { document, map }
}

/** A participant is there as long as its awareness state is. */
export function tellPresence(awareness: Awareness, name: string, notice: Notice): void {
  const names = new Map<number, string>()
  awareness.on('change', ({ added, updated, removed }) => {
    for (const id of [...added, ...updated]) {
      const other = awareness.getStates().get(id)?.name
      if (other === undefined || other === name || names.get(id) === other) continue
      names.set(id, other)
      notice.came(other)
    }
    for (const id of removed) {
      const other = names.get(id)
      if (other === undefined) continue
      names.delete(id)
      notice.gone(other)
    }
  })
  awareness.setLocalState({ name })
}
