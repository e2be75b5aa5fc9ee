import type { FastifyInstance } from 'fastify'
import { pageAssets, type PageAsset } from '../page-assets.ts'

/**
 * Nothing but the node's own files, no script or style in the page itself, no frame around it, and no text that becomes markup: what a
 * device is called can do no harm.
 */
const contentPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ')

/** The page and what it is made of. */
export function pageRoutes(app: FastifyInstance): void {
  for (const asset of pageAssets()) addAsset(app, asset)
}

function addAsset(app: FastifyInstance, { path, type, bytes, etag }: PageAsset): void {
  app.get(path, (request, reply) => {
    reply.header('content-security-policy', contentPolicy).header('referrer-policy', 'no-referrer')
    reply.header('cross-origin-opener-policy', 'same-origin')
    // Asked for each time, and sent again only where it is another: a page never speaks to a node of another version.
    reply.header('cache-control', 'no-cache').header('etag', etag)
    if (request.headers['if-none-match'] === etag) return reply.code(304).send()
    return reply.type(type).send(bytes)
  })
}
