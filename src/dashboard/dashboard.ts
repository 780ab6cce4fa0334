import type { ServerResponse } from 'node:http'
import { byName } from '../observe/observed.ts'
import { type Desk, GET_ROUTES, POST_ROUTES } from './api.ts'
import { CacheView } from './cache-view.ts'
import { type Caller, Gate } from './gate.ts'
import { answerNode, type NodeRequest, type ServerAnswer, type ServerRequest } from './node-adapter.ts'
import { type DashboardOptions, type DashboardSettings, readDashboardOptions } from './options.ts'
import { type PageFile, readPageFiles } from './page-files.ts'
import { ROUTES, type RouteName } from './protocol.ts'
import { failureReply, fileReply, isOurs, jsonReply, Refusal, slashReply } from './reply.ts'
import { readBody } from './request-body.ts'
import type { ShownCache, ShownCaches } from './shown-cache.ts'

/**
 * Makes the dashboard of one cache, or of several: a handler of requests that answers with the page and
 * with what the page asks for. It watches the caches from now on, whether somebody looks or not.
 *
 * ```ts
 * const panel = dashboard(cache, { authorize: (request) => isAdmin(request) })
 * app.use('/cache', panel.node)                                    // Express, NestJS
 * createServer(panel.node)                                         // plain http
 * app.all('/cache/*', (c) => panel.fetch(c.req.raw))               // Hono, with basePath: '/cache'
 * ```
 *
 * @throws TerraceError `ERR_ARGUMENT_INVALID` for what is no cache, `ERR_OPTION_UNKNOWN`,
 * `ERR_OPTION_INVALID`, `ERR_CLOSED`
 */
export function dashboard(caches: ShownCaches, options?: DashboardOptions): Dashboard {
  const settings = readDashboardOptions(options)
  const views = new Map<string, CacheView>()
  for (const [name, cache] of byName<ShownCache>(caches, 'dashboard')) {
    views.set(name, new CacheView(name, cache, settings.world, settings.process))
  }
  return new Dashboard(settings, views)
}

/** Searches, counts and explanations at the same time. */
const MOST_AT_WORK = 8

/** Made by {@link dashboard}. Its methods can be passed on without it. */
export class Dashboard {
  readonly #settings: DashboardSettings
  readonly #desk: Desk
  readonly #gate: Gate
  #files: Promise<ReadonlyMap<string, PageFile>> | undefined
  #atWork = 0

  /** Not for callers: use {@link dashboard}. */
  constructor(settings: DashboardSettings, views: ReadonlyMap<string, CacheView>) {
    this.#settings = settings
    this.#gate = new Gate(settings)
    this.#desk = { settings, gate: this.#gate, views }
  }

  /** Answers a request. Never rejects. A path that does not begin with `basePath` counts as stripped of it. */
  readonly fetch = (request: Request): Promise<Response> => {
    const base = this.#settings.basePath ?? ''
    return this.#answer(request, base, { address: undefined, incoming: undefined })
  }

  /**
   * The same for Node: plain http, https and http2, Express, and what is like it. A body that was parsed already
   * is taken from `request.body`. Calls `next`, where there is one, for paths that do not begin with `basePath`.
   */
  readonly node = (request: ServerRequest, response: ServerAnswer, next?: () => void): void => {
    const { basePath, world } = this.#settings
    const work = answerNode(request as NodeRequest, response as ServerResponse, basePath, next, (made, base) => {
      return this.#answer(made, base, { address: request.socket?.remoteAddress, incoming: request })
    })
    world.background(work, 'answering a request for a dashboard')
  }

  /** Ends all streams and stops watching. The caches go on. */
  close(): void {
    for (const view of this.#desk.views.values()) view.close()
  }

  /** {@link Dashboard.close}, for `using`. */
  [Symbol.dispose](): void {
    this.close()
  }

  async #answer(request: Request, base: string, caller: Caller): Promise<Response> {
    try {
      return await this.#route(request, base, caller)
    } catch (error) {
      if (isOurs(error)) this.#settings.world.background(Promise.reject(error), 'answering a request for a dashboard')
      return failureReply(error)
    }
  }

  async #route(request: Request, base: string, caller: Caller): Promise<Response> {
    const { pathname, searchParams } = new URL(request.url)
    const path = pathname.startsWith(`${base}/`) || pathname === base ? pathname.slice(base.length) : pathname
    const name = routeOf(path)
    const isWrite = name === 'invalidate' && request.method === 'POST'
    await this.#gate.admit(request, caller, isWrite ? 'write' : 'read')
    if (request.method === 'POST') return this.#post(request, name, isWrite)
    if (request.method !== 'GET' && request.method !== 'HEAD') throw new Refusal('method', 'expected GET or POST')
    this.#gate.checkGet(request)
    if (name === undefined) return this.#file(path, pathname)
    const route = GET_ROUTES[name]
    if (route === undefined) throw new Refusal('method', 'expected POST')
    if (request.method === 'HEAD') return jsonReply(null)
    return this.#working(name === 'fleet', () => route(this.#desk, searchParams))
  }

  async #post(request: Request, name: RouteName | undefined, isWrite: boolean): Promise<Response> {
    const route = name === undefined ? undefined : POST_ROUTES[name]
    if (route === undefined) throw new Refusal(name === undefined ? 'not-found' : 'method', 'not with POST')
    this.#gate.checkPost(request)
    if (isWrite && this.#settings.readOnly) throw new Refusal('read-only', 'this dashboard changes nothing')
    const body = await readBody(request)
    return this.#working(true, () => route(this.#desk, body))
  }

  /** What asks levels is bounded in number. */
  async #working(isWork: boolean, work: () => Response | Promise<Response>): Promise<Response> {
    if (!isWork) return work()
    if (this.#atWork >= MOST_AT_WORK) throw new Refusal('busy', 'too much at once: try again in a moment')
    this.#atWork++
    try {
      return await work()
    } finally {
      this.#atWork--
    }
  }

  async #file(path: string, pathname: string): Promise<Response> {
    // Without a slash at its end the page's relative addresses would lead elsewhere.
    if (path === '' && pathname !== '') return slashReply(pathname)
    this.#files ??= readPageFiles()
    const files = await this.#files
    if (files.size === 0) throw new Refusal('not-found', 'the page was not built (npm run build)')
    const file = files.get(path === '/' ? 'index.html' : path.slice(1))
    if (file === undefined) throw new Refusal('not-found', 'there is no such page')
    return fileReply(file.bytes, file.type)
  }
}

function routeOf(path: string): RouteName | undefined {
  const [name] = Object.entries(ROUTES).find(([, route]) => path === `/${route}`) ?? []
  return name as RouteName | undefined
}
