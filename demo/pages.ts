import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { createServer, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { dashboard, fromThisMachine, type ShownCache } from '../src/dashboard/index.ts'
import { CONTENT_SECURITY_POLICY } from '../src/dashboard/protocol.ts'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const HOST = '127.0.0.1'
/** Where the pages are, unless somebody else is there already. */
const PORT = 7070
const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
}

/** The dashboard of the demo and the playground, for whoever sits at this machine. */
export interface DemoPages {
  readonly dashboard: string
  readonly playground: string
  close(): void
}

/** @param port 0: any that is free; `undefined`: the usual one, or any where it is taken */
export async function openPages(cache: ShownCache, port: number | undefined): Promise<DemoPages> {
  const { folder, remove } = await builtPages()
  const files = new Map([
    ...pageFiles(join(folder, 'dashboard-ui'), '/', { title: 'Playground', href: './playground/' }),
    ...pageFiles(join(folder, 'playground'), '/playground/', { title: 'Dashboard of the demo', href: '../' }),
  ])
  remove()
  const panel = dashboard(cache, { authorize: fromThisMachine })
  const server = createServer((request, response) => {
    const [path = '/'] = (request.url ?? '/').split('?')
    const file = files.get(path)
    if (path === '/playground') response.writeHead(308, { location: '/playground/' }).end()
    else if (file === undefined || request.method !== 'GET') panel.node(request, response)
    else send(response, file)
  })
  const at = await listening(server, port)
  return {
    dashboard: `http://${HOST}:${at}/`,
    playground: `http://${HOST}:${at}/playground/`,
    close: () => {
      panel.close()
      server.close()
      server.closeAllConnections()
    },
  }
}

interface File {
  readonly bytes: Buffer
  readonly type: string
}

/** The files of a page by their paths. The page tells where the other one is: its bar shows such links. */
function pageFiles(
  folder: string,
  at: string,
  link: { readonly title: string; readonly href: string },
): [string, File][] {
  return readdirSync(folder).flatMap((name): [string, File][] => {
    const type = TYPES[extname(name)]
    if (type === undefined) return []
    const bytes = readFileSync(join(folder, name))
    if (name !== 'index.html') return [[at + name, { bytes, type }]]
    const linked = `</title><link rel="help" title="${link.title}" href="${link.href}">`
    return [[at, { bytes: Buffer.from(bytes.toString().replace('</title>', linked)), type }]]
  })
}

function send(response: ServerResponse, { bytes, type }: File): void {
  response.writeHead(200, {
    'content-type': type,
    'content-security-policy': CONTENT_SECURITY_POLICY,
    'x-content-type-options': 'nosniff',
    'cache-control': 'no-store',
  })
  response.end(bytes)
}

/** The built pages where they are up to date, else built for now. */
async function builtPages(): Promise<{ readonly folder: string; remove(): void }> {
  const built = join(ROOT, 'dist')
  const pages = ['dashboard-ui', 'playground'].map((name) => join(built, name, 'index.html'))
  const isBuilt = pages.every(
    (page) => existsSync(page) && statSync(page).mtimeMs > newestIn(join(ROOT, 'dashboard-ui')),
  )
  if (isBuilt) return { folder: built, remove: () => undefined }
  const { buildPages } = await import('../dashboard-ui/build.ts')
  const folder = mkdtempSync(join(tmpdir(), 'terrace-demo-pages-'))
  const remove = (): void => rmSync(folder, { recursive: true, force: true })
  try {
    await buildPages(folder)
  } catch (error) {
    remove()
    throw error
  }
  return { folder, remove }
}

function newestIn(folder: string): number {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  return Math.max(...entries.map(({ parentPath, name }) => statSync(join(parentPath, name)).mtimeMs))
}

async function listening(server: Server, port: number | undefined): Promise<number> {
  const listen = (at: number): Promise<void> =>
    new Promise((resolve, reject) => {
      server.once('error', reject)
      server.listen(at, HOST, () => {
        server.off('error', reject)
        resolve()
      })
    })
  await listen(port ?? PORT).catch((error: unknown) => {
    if (port !== undefined || (error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error
    return listen(0)
  })
  return (server.address() as AddressInfo).port
}
