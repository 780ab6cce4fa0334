// One app server: the shop over a cache of three levels, and the cache's dashboard.
//
//   GET  /items/:id                   an item, through the cache
//   POST /items/:id?change=delete|set changes an item
//   POST /categories/:id              changes all items of a category
//   GET  /stats, /health, /dashboard/

import { randomBytes } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { dashboard, fromThisMachine } from '../../src/dashboard/index.ts'
import type { Database } from '../database/database.ts'
import { openDatabase } from '../database/open.ts'
import { APP_HEADER, type AppStats } from '../wire/app-answers.ts'
import { settingsIn } from './settings.ts'
import { Shop, shopCache } from './shop.ts'

/** Items that are read before anybody asks. */
const WARM_UP = 50

const settings = settingsIn(process.env)
const name = `${settings.name}/${randomBytes(4).toString('hex')}`
const database = openDatabase(settings.database)
const cache = shopCache(settings)
const spent = { statements: 0, ms: 0, failures: 0 }
const shop = new Shop(cache, counted(database), settings.isSabotaged)
const authorize = settings.dashboard === 'everybody' ? () => true : fromThisMachine
const panel = dashboard(cache, { authorize, basePath: '/dashboard', process: settings.name })

/** The same database, with what the shop's statements took. */
function counted(database: Database): Database {
  const count = async <T>(statement: Promise<T>): Promise<T> => {
    const began = performance.now()
    try {
      return await statement
    } catch (error) {
      spent.failures++
      throw error
    } finally {
      spent.statements++
      spent.ms += performance.now() - began
    }
  }
  return {
    ...database,
    find: (id) => count(database.find(id)),
    rewrite: (id) => count(database.rewrite(id)),
    rewriteCategory: (category) => count(database.rewriteCategory(category)),
  }
}

async function answer(method: string, path: string, query: URLSearchParams): Promise<unknown> {
  const [, kind, n] = path.split('/')
  const id = Number(n)
  if (method === 'GET' && kind === 'items') return shop.read(id)
  if (method === 'POST' && kind === 'items') {
    return shop.write(id, query.get('change') === 'set' ? 'set' : 'delete')
  }
  if (method === 'POST' && kind === 'categories') return shop.writeCategory(id)
  if (method === 'GET' && kind === 'health') return { process: name }
  if (method === 'GET' && kind === 'stats') {
    return { process: name, cache: cache.stats(), database: spent } satisfies AppStats
  }
  return undefined
}

function handle(request: IncomingMessage, response: ServerResponse): void {
  if (/^\/dashboard(\/|$|\?)/.test(request.url!)) {
    panel.node(request, response)
    return
  }
  // What comes with a body is read to its end, so that the connection can go on.
  request.resume()
  const { pathname, searchParams } = new URL(request.url!, 'http://app')
  const say = (status: number, told: unknown): void => {
    response.writeHead(status, { [APP_HEADER]: name, 'content-type': 'application/json' }).end(JSON.stringify(told))
  }
  answer(request.method!, pathname, searchParams).then(
    (told) => (told === undefined ? say(404, { error: 'there is no such thing' }) : say(200, told)),
    (error: Error) => say(500, { error: error.message }),
  )
}

const server = createServer(handle)
// The load balancer keeps its connections; one that is closed at the wrong moment would cost it a write.
server.keepAliveTimeout = 3_600_000

async function end(): Promise<void> {
  server.close()
  server.closeAllConnections()
  panel.close()
  await Promise.allSettled([cache.close(), database.close()])
  process.exit(0)
}

process.once('SIGTERM', () => void end())
// Ctrl-C goes to everybody: whoever started this process ends it in its turn.
process.on('SIGINT', () => undefined)
process.on('disconnect', () => process.exit(0))
// Ready when its connections are: the first readers need not wait for them. What fails now is not there yet.
await Promise.allSettled(Array.from({ length: WARM_UP }, (_, id) => shop.read(id)))
server.listen(settings.port, settings.host)
