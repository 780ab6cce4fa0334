import { readFile } from 'node:fs/promises'
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { extname, join } from 'node:path'
import { CONTENT_SECURITY_POLICY } from '../../src/dashboard/protocol.ts'

const TYPES: Readonly<Record<string, string>> = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css' }

/** Serves the files of a folder under the dashboard's own policy, and has `api` answer what is below `api/`; at a free port, or at this one. */
export async function servePages(
  folder: string,
  api?: RequestListener,
  at = 0,
): Promise<{ url: string; close: () => void }> {
  const server: Server = createServer(async (request, response) => {
    if (api !== undefined && request.url!.startsWith('/api/')) return api(request, response)
    const name = request.url === '/' ? 'index.html' : request.url!.slice(1)
    const type = TYPES[extname(name)]
    const bytes =
      type === undefined || name.includes('/') ? undefined : await readFile(join(folder, name)).catch(() => undefined)
    if (bytes === undefined) response.writeHead(404).end()
    else
      response.writeHead(200, { 'content-type': type, 'content-security-policy': CONTENT_SECURITY_POLICY }).end(bytes)
  })
  await new Promise<void>((resolve) => server.listen(at, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}/`,
    close: () => {
      server.close()
      server.closeAllConnections()
    },
  }
}
