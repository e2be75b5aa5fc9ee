import { once } from 'node:events'
import { createServer, type Server, type ServerResponse } from 'node:http'
import type { Node } from 'lampfield'

const page = `<!doctype html><meta charset="utf-8"><title>Lamps</title><ul id="lamps"></ul><script>
const lamps = document.getElementById('lamps')
new EventSource('/changes').onmessage = ({ data }) => {
  const { key, after } = JSON.parse(data)
  let lamp = document.getElementById(key)
  if (!lamp) lamps.append((lamp = Object.assign(document.createElement('li'), { id: key })))
  if (after === undefined) lamp.remove()
  else lamp.textContent = key + ': ' + after
}
</script>`

/** A web server with a page of lamps. Each browser follows the node by itself; a slow one gets the last state of each lamp. */
export function lampServer(node: Node): Server {
  return createServer(({ url }, response) => {
    if (url === '/changes') void stream(node, response)
    else response.writeHead(200, { 'content-type': 'text/html' }).end(page)
  })
}

async function stream(node: Node, response: ServerResponse): Promise<void> {
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' })
  const leaving = new AbortController()
  response.on('close', () => leaving.abort())
  for await (const change of node.watch('*', { initial: true, signal: leaving.signal })) {
    const isTaken = response.write(`data: ${JSON.stringify(change)}\n\n`)
    if (!isTaken) await once(response, 'drain', { signal: leaving.signal }).catch(() => {})
  }
  response.end()
}
