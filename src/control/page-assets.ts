import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { extname, join } from 'node:path'

/** One file of the page, ready to be sent. */
export interface PageAsset {
  /** Where it is served: `/` for the page itself, else `/page/` and its name. */
  readonly path: string
  readonly type: string
  readonly bytes: Buffer
  readonly etag: string
}

const types: ReadonlyMap<string, string> = new Map([
  ['.html', 'text/html; charset=utf-8'],
  ['.css', 'text/css; charset=utf-8'],
  ['.js', 'text/javascript; charset=utf-8'],
  ['.svg', 'image/svg+xml'],
])

/** The files of the page, as the build lays them beside this one. They are read once, so no path of a request ever reaches the disk. */
export function pageAssets(directory: string = join(import.meta.dirname, 'page')): PageAsset[] {
  return readdirSync(directory).flatMap((name): PageAsset[] => {
    const type = types.get(extname(name))
    if (type === undefined) return []
    const bytes = readFileSync(join(directory, name))
    const etag = `"${createHash('sha256').update(bytes).digest('base64url').slice(0, 22)}"`
    return [{ path: name === 'index.html' ? '/' : `/page/${name}`, type, bytes, etag }]
  })
}
