import { readFileSync } from 'node:fs'
import { createServer, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

const FILES: Readonly<Record<string, readonly [file: string, type: string]>> = {
  '/': ['index.html', 'text/html; charset=utf-8'],
  '/topology.js': ['topology.js', 'text/javascript; charset=utf-8'],
  '/topology.css': ['topology.css', 'text/css; charset=utf-8'],
}
const POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; frame-ancestors 'none'"
/** By a name of this machine, or a page of any site could come in by a name that it has pointed here. */
const HOST = /^(?:localhost|127\.0\.0\.1|\[::1\])(?::\d{1,5})?$/i
/** Pages that listen at the same time, at most. */
const MOST = 20

/** The page, and the stream of events that feeds it. */
export class PageServer {
  readonly #server: Server
  readonly #listeners = new Set<ServerResponse>()
  /** The last message of each kind: what a page gets first. */
  readonly #last = new Map<string, string>()

  constructor() {
    this.#server = createServer(({ method, url, headers }, response) => {
      const path = url!.split('?')[0]!
      if (method !== 'GET' || !HOST.test(headers.host ?? '')) return void response.writeHead(403).end()
      if (path === '/events') return this.#listen(response)
      if (path === '/alive') return void response.end('alive')
      const file = FILES[path]
      if (file === undefined) return void response.writeHead(404).end()
      const [name, type] = file
      const text = readFileSync(new URL(`page/${name}`, import.meta.url))
      response.writeHead(200, { 'content-type': type, 'content-security-policy': POLICY, 'cache-control': 'no-store' })
      response.end(text)
    })
  }

  /** @returns the port */
  async listen(host: string, port: number): Promise<number> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject)
      this.#server.listen(port, host, resolve)
    })
    return (this.#server.address() as AddressInfo).port
  }

  /** Sends something to all who listen, and to all who will, until there is something newer of its kind. */
  tell(kind: string, data: unknown): void {
    const message = `event: ${kind}\ndata: ${JSON.stringify(data)}\n\n`
    this.#last.set(kind, message)
    // Whoever does not keep up misses some.
    for (const response of this.#listeners) if (!response.writableNeedDrain) response.write(message)
  }

  close(): Promise<void> {
    return new Promise((resolve) => {
      this.#server.close(() => resolve())
      this.#server.closeAllConnections()
    })
  }

  #listen(response: ServerResponse): void {
    if (this.#listeners.size >= MOST) return void response.writeHead(503).end()
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' })
    this.#listeners.add(response)
    response.once('close', () => this.#listeners.delete(response))
    for (const message of this.#last.values()) response.write(message)
  }
}
