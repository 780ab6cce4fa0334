import { readdir, readFile } from 'node:fs/promises'
import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'

/** A file of the page, in memory. */
export interface PageFile {
  readonly bytes: Uint8Array<ArrayBuffer>
  readonly type: string
}

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.webmanifest': 'application/manifest+json; charset=utf-8',
  '.svg': 'image/svg+xml; charset=utf-8',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.txt': 'text/plain; charset=utf-8',
}

/** Where the build puts pages: beside this module once it is built, and seen from the sources. */
const PLACES = ['./', '../', '../../dist/']
const MOST_FILES = 100

/** What the build makes: the page of a running cache, and the one that needs none. */
export type PageName = 'dashboard-ui' | 'playground'

/**
 * A page's files by their path, all read at once: what is asked for later is looked up and never becomes
 * a path. Empty where the page was not built.
 */
export async function readPageFiles(name: PageName = 'dashboard-ui'): Promise<ReadonlyMap<string, PageFile>> {
  for (const place of PLACES) {
    const files = await filesIn(fileURLToPath(new URL(`${place}${name}/`, import.meta.url)))
    if (files.has('index.html')) return files
  }
  return new Map()
}

async function filesIn(folder: string): Promise<Map<string, PageFile>> {
  const files = new Map<string, PageFile>()
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => [])
  for (const entry of entries.slice(0, MOST_FILES)) {
    const type = TYPES[extname(entry.name)]
    if (!entry.isFile() || type === undefined) continue
    const path = `${entry.parentPath}/${entry.name}`
    const name = path.slice(folder.length).replaceAll('\\', '/').replace(/^\/+/, '')
    files.set(name, { bytes: new Uint8Array(await readFile(path)), type })
  }
  return files
}
