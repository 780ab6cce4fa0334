import { once } from 'node:events'
import { createServer } from 'node:http'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { afterAll, describe, expect, it, vi } from 'vitest'
import {
  type Authorize,
  type DashboardOptions,
  dashboard,
  fromThisMachine,
  type InvalidateAnswer,
  ROUTES,
  SESSION_HEADER,
  type Session,
} from '../../src/dashboard/index.ts'
import { createCache, memory } from '../../src/index.ts'
import { FakeWorld } from '../../src/testing/index.ts'
import { listening, type Problem, Visitor } from './visitor.ts'

const cache = createCache<unknown>({ levels: [memory(), memory()] })
afterAll(() => cache.close())

const ORIGIN = 'https://shop.example'

function panelWith(options: DashboardOptions) {
  return dashboard(cache, { authorize: () => true, ...options })
}

function ask(path: string, init: RequestInit & { readonly headers?: Record<string, string> } = {}): Request {
  return new Request(`${ORIGIN}/${path}`, { ...init, headers: { host: 'shop.example', ...init.headers } })
}

async function code(response: Response): Promise<string> {
  return ((await response.json()) as { error: { code: string } }).error.code
}

async function tokenOf(panel: ReturnType<typeof dashboard>): Promise<string> {
  return ((await (await panel.fetch(ask(ROUTES.session))).json()) as Session).token
}

function mutation(token: string, body: unknown, headers: Record<string, string> = {}): Request {
  return ask(ROUTES.invalidate, {
    method: 'POST',
    headers: { 'content-type': 'application/json', [SESSION_HEADER]: token, ...headers },
    body: JSON.stringify(body),
  })
}

const ALL = { scope: { kind: 'all' } }

describe('authorize', () => {
  const everything = ['', 'index.html', 'app.js', 'nowhere', ...Object.values(ROUTES)]

  it.each<[string, Authorize | undefined]>([
    ['is missing', undefined],
    ['says no', () => false],
    ['says something like yes', () => 1 as never],
    ['resolves with no', async () => false],
    ['throws', () => Promise.reject(new Error('who?'))],
  ])('refuses everything where it %s', async (_, authorize) => {
    const world = new FakeWorld()
    const panel = dashboard(cache, { authorize, world })
    for (const path of everything) {
      for (const method of ['GET', 'POST', 'HEAD', 'DELETE']) {
        const response = await panel.fetch(ask(path, { method }))
        expect([path, method, response.status]).toEqual([path, method, 403])
      }
    }
    panel.close()
  })

  it('is told what is wanted: to look, or to change something', async () => {
    const wanted: string[] = []
    const panel = dashboard(cache, {
      authorize: (request, { action }) => {
        wanted.push(`${new URL(request.url).pathname} ${action}`)
        return action === 'read'
      },
    })
    const token = await tokenOf(panel)
    expect(await code(await panel.fetch(mutation(token, ALL)))).toBe('refused')
    expect(wanted).toEqual(['/api/session read', '/api/invalidate write'])
    panel.close()
  })
})

describe('a mutation', () => {
  it('is refused without the token of the session, or with another', async () => {
    const panel = panelWith({})
    const token = await tokenOf(panel)
    for (const wrong of ['', token.slice(1), `${token}0`, token.replace(/./, (c) => (c === '0' ? '1' : '0')), 'ä']) {
      const request = mutation(token, ALL)
      if (wrong === 'ä') request.headers.delete(SESSION_HEADER)
      else request.headers.set(SESSION_HEADER, wrong)
      expect(await code(await panel.fetch(request))).toBe('token')
    }
    panel.close()
  })

  it.each([
    ['https://evil.example', undefined],
    ['https://shop.example.evil.example', undefined],
    ['https://shop.example:8443', undefined],
    ['null', undefined],
    ['file://', undefined],
    ['https://shop.example', 'cross-site'],
    ['https://shop.example', 'same-site'],
    [undefined, 'cross-site'],
  ])('is refused from the origin %s (sec-fetch-site: %s)', async (origin, site) => {
    const panel = panelWith({})
    const headers = { ...(origin && { origin }), ...(site && { 'sec-fetch-site': site }) }
    expect(await code(await panel.fetch(mutation(await tokenOf(panel), ALL, headers)))).toBe('origin')
    panel.close()
  })

  it.each([
    ['https://shop.example', 'same-origin'],
    ['https://shop.example:443', undefined],
    ['http://shop.example', undefined],
    ['https://ops.example', 'cross-site'],
    [undefined, undefined],
  ])('is taken from the origin %s (sec-fetch-site: %s)', async (origin, site) => {
    const panel = panelWith({ origins: ['https://ops.example'] })
    const headers = { ...(origin && { origin }), ...(site && { 'sec-fetch-site': site }) }
    expect((await panel.fetch(mutation(await tokenOf(panel), ALL, headers))).status).toBe(200)
    panel.close()
  })

  it('must be a POST of JSON', async () => {
    const panel = panelWith({})
    const token = await tokenOf(panel)
    expect(await code(await panel.fetch(ask(ROUTES.invalidate)))).toBe('method')
    const form = mutation(token, ALL, { 'content-type': 'application/x-www-form-urlencoded' })
    expect(await code(await panel.fetch(form))).toBe('media-type')
    const text = mutation(token, ALL, { 'content-type': 'text/plain' })
    expect(await code(await panel.fetch(text))).toBe('media-type')
    panel.close()
  })

  it('is refused where the dashboard is for reading only; looking is not', async () => {
    const panel = panelWith({ readOnly: true })
    const token = await tokenOf(panel)
    expect(await code(await panel.fetch(mutation(token, ALL)))).toBe('read-only')
    const explain = new Request(mutation(token, { key: 'k' }).clone(), {})
    const asked = new Request(`${ORIGIN}/${ROUTES.explain}`, explain)
    expect((await panel.fetch(asked)).status).toBe(200)
    panel.close()
  })

  it('happens only with the ticket of a count of the same, and for two minutes', async () => {
    const world = new FakeWorld()
    const panel = dashboard({ one: cache, two: cache }, { authorize: () => true, world })
    const token = await tokenOf(panel)
    await cache.set('a', 1)
    await cache.set('b', 2)
    const send = async (body: unknown) => panel.fetch(mutation(token, body))
    const scope = { kind: 'key', key: 'a' }
    const counted = (await (await send({ cache: 'one', scope })).json()) as InvalidateAnswer & {
      readonly ticket: string
    }
    expect(counted).toMatchObject({ done: false, covers: [{ keys: 1, complete: true }, { keys: 1 }] })
    const { ticket } = counted
    for (const body of [
      { cache: 'one', scope: { kind: 'key', key: 'b' }, ticket },
      { cache: 'one', scope: { kind: 'tag', tag: 'a' }, ticket },
      { cache: 'one', scope: { kind: 'all' }, ticket },
      { cache: 'two', scope, ticket },
      { cache: 'one', scope, ticket: `${Number.MAX_SAFE_INTEGER}${ticket.slice(ticket.indexOf('.'))}` },
      { cache: 'one', scope, ticket: `NaN${ticket.slice(ticket.indexOf('.'))}` },
      { cache: 'one', scope, ticket: '' },
    ]) {
      expect(await code(await send(body))).toBe('ticket')
    }
    expect(await cache.get('a')).toBe(1)
    expect(await (await send({ cache: 'one', scope, ticket })).json()).toMatchObject({ done: true, ok: true })
    expect(await cache.get('a')).toBeUndefined()
    expect(await cache.get('b')).toBe(2)
    world.advance(120_001)
    expect(await code(await send({ cache: 'one', scope, ticket }))).toBe('ticket')
    panel.close()
  })

  it('goes to any process that knows the same secret', async () => {
    const secret = 'a secret that both processes were given'
    const [one, two] = [panelWith({ secret }), panelWith({ secret })]
    const stranger = panelWith({})
    const token = await tokenOf(one)
    const counted = (await (await one.fetch(mutation(token, ALL))).json()) as { ticket: string }
    expect((await two.fetch(mutation(token, { ...ALL, ticket: counted.ticket }))).status).toBe(200)
    expect(await code(await stranger.fetch(mutation(token, ALL)))).toBe('token')
    for (const panel of [one, two, stranger]) panel.close()
  })
})

describe('any answer', () => {
  it('may not be kept, guessed, embedded, or run anything that does not come from here', async () => {
    const panel = panelWith({})
    for (const path of ['', 'nowhere', ROUTES.session, ROUTES.stats, ROUTES.events, ROUTES.invalidate]) {
      const { headers, body } = await panel.fetch(ask(path))
      const policy = headers.get('content-security-policy')!
      expect(policy).toContain("default-src 'none'")
      expect(policy).not.toMatch(/unsafe|https?:|\*/)
      expect(headers.get('cache-control')).toContain('no-store')
      expect(headers.get('x-content-type-options')).toBe('nosniff')
      expect(headers.get('x-frame-options')).toBe('DENY')
      expect(headers.get('cross-origin-resource-policy')).toBe('same-origin')
      expect(headers.get('access-control-allow-origin')).toBeNull()
      await body?.cancel()
    }
    panel.close()
  })

  it('is refused to pages of other sites, which could not read it anyway', async () => {
    const panel = panelWith({})
    const cross = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' }
    expect(await code(await panel.fetch(ask(ROUTES.session, { headers: cross })))).toBe('origin')
    // Somebody who follows a link is let in.
    const link = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' }
    expect((await panel.fetch(ask('', { headers: link }))).status).not.toBe(403)
    panel.close()
  })

  it('is never HTML where it carries a key, a tag or a value', async () => {
    const panel = panelWith({})
    const token = await tokenOf(panel)
    const attack = '<script>alert(1)</script>"\'&\u2028\u0000\ud800'
    await cache.set(attack, { [attack]: attack }, { tags: [attack] })
    const post = (route: keyof typeof ROUTES, body: unknown) =>
      panel.fetch(new Request(`${ORIGIN}/${ROUTES[route]}`, mutation(token, body)))
    for (const response of [
      await post('explain', { key: attack }),
      await post('keys', { prefix: '<' }),
      await panel.fetch(ask(ROUTES.levels)),
      await panel.fetch(ask(ROUTES.top)),
      await panel.fetch(ask(`${ROUTES.stats}?cache=${encodeURIComponent('<b>')}`)),
    ]) {
      expect(response.headers.get('content-type')).toBe('application/json; charset=utf-8')
      await response.json()
    }
    const explained = (await (await post('explain', { key: attack })).json()) as {
      key: string
      levels: { tags: string[] }[]
    }
    expect(explained.key).toBe(attack)
    expect(explained.levels[0]!.tags).toEqual([attack])
    panel.close()
  })

  it('says nothing of what went wrong inside', async () => {
    const world = new FakeWorld()
    let isBroken = false
    const broken = new Proxy(cache, {
      get: (target, name) => {
        if (name === 'stats' && isBroken) throw new Error('the password is swordfish')
        const part: unknown = Reflect.get(target, name)
        return typeof part === 'function' ? part.bind(target) : part
      },
    })
    const panel = dashboard(broken, { authorize: () => true, world })
    isBroken = true
    const response = await panel.fetch(ask(ROUTES.stats))
    expect(response.status).toBe(500)
    expect(await response.text()).not.toContain('swordfish')
    expect(world.failures.map(({ cause }) => String(cause))).toContain('Error: the password is swordfish')
    panel.close()
  })
})

describe('what is asked', () => {
  it.each<[string, keyof typeof ROUTES, unknown, string]>([
    ['a body that is no object', 'keys', [1], 'bad-request'],
    ['no prefix', 'keys', {}, 'bad-request'],
    ['too many keys', 'keys', { prefix: '', most: 1e9 }, 'bad-request'],
    ['a key that is a number', 'explain', { key: 5 }, 'bad-request'],
    ['a key that is too long', 'explain', { key: 'k'.repeat(2 ** 20 + 1) }, 'bad-request'],
    ['no scope', 'invalidate', {}, 'bad-request'],
    ['a scope of no kind', 'invalidate', { scope: { kind: 'everything' } }, 'bad-request'],
    ['a scope that looks like one', 'invalidate', { scope: { kind: '__proto__' } }, 'bad-request'],
    ['an empty prefix', 'invalidate', { scope: { kind: 'prefix', prefix: '' } }, 'bad-request'],
    ['no name of a namespace', 'invalidate', { scope: { kind: 'namespace', namespace: 'users:' } }, 'bad-request'],
    ['a ticket that is a number', 'invalidate', { ...ALL, ticket: 5 }, 'bad-request'],
    ['another cache', 'explain', { cache: 'constructor', key: 'k' }, 'not-found'],
    ['more than anybody needs', 'explain', { key: 'k'.repeat(5_000_000) }, 'too-large'],
  ])('is refused where it is %s', async (_, route, body, expected) => {
    const panel = panelWith({})
    const token = await tokenOf(panel)
    const response = await panel.fetch(new Request(`${ORIGIN}/${ROUTES[route]}`, mutation(token, body)))
    expect(await code(response)).toBe(expected)
    panel.close()
  })

  it.each([
    ['api/series?span=year', 'bad-request'],
    ['api/levels?most=0', 'bad-request'],
    ['api/levels?most=1e3', 'bad-request'],
    ['api/events?most=501', 'bad-request'],
    ['api/stats?cache=nobody', 'not-found'],
    ['../../package.json', 'not-found'],
    ['%2e%2e/%2e%2e/package.json', 'not-found'],
    ['..%2fpackage.json', 'not-found'],
    ['constructor', 'not-found'],
    ['api/explain', 'method'],
  ])('is refused where it is %s', async (path, expected) => {
    const panel = panelWith({})
    expect(await code(await panel.fetch(ask(path)))).toBe(expected)
    panel.close()
  })
})

describe('fromThisMachine', () => {
  it('lets in who asks from this machine by its name, and nobody whom a proxy or another name brings', async () => {
    const panel = dashboard(cache, { authorize: fromThisMachine })
    const server = createServer(panel.node)
    const origin = await listening(server)
    const { port } = new URL(origin)
    const statusOf = async (headers: Record<string, string>) => {
      const visitor = new Visitor(`${origin}/`, headers)
      return visitor.get('session').then(
        () => 200,
        (problem: Problem) => problem.status,
      )
    }
    expect(await statusOf({})).toBe(200)
    expect(await statusOf({ 'x-forwarded-for': '10.0.0.1' })).toBe(403)
    expect(await statusOf({ forwarded: 'for=10.0.0.1' })).toBe(403)
    // A name of somebody else's that leads here: fetch does not let us say it, so it is said by hand.
    const rebound = new Request(`http://evil.example:${port}/${ROUTES.session}`, { headers: { host: 'evil.example' } })
    expect(fromThisMachine(rebound, { action: 'read', address: '127.0.0.1', incoming: undefined })).toBe(false)
    const near = new Request(`http://localhost:${port}/`, { headers: { host: `localhost:${port}` } })
    for (const [address, expected] of [
      ['127.0.0.1', true],
      ['::1', true],
      ['::ffff:127.0.0.1', true],
      ['10.0.0.1', false],
      ['127.0.0.1.evil', false],
      [undefined, false],
    ] as const) {
      expect(fromThisMachine(near, { action: 'read', address, incoming: undefined })).toBe(expected)
    }
    server.closeAllConnections()
    server.close()
    panel.close()
  })
})

describe('options', () => {
  it.each([
    [{ autorize: () => true }, 'ERR_OPTION_UNKNOWN'],
    [{ authorize: true }, 'ERR_OPTION_INVALID'],
    [{ basePath: 'cache' }, 'ERR_OPTION_INVALID'],
    [{ basePath: `/a/../b${'/'.repeat(3)}` }, 'ERR_OPTION_INVALID'],
    [{ origins: ['https://ops.example/path'] }, 'ERR_OPTION_INVALID'],
    [{ secret: 'short' }, 'ERR_OPTION_INVALID'],
    [{ readOnly: 'yes' }, 'ERR_OPTION_INVALID'],
    [{ preview: { maxlength: 5 } }, 'ERR_OPTION_UNKNOWN'],
  ])('%o are refused with %s, at once', (options, expected) => {
    expect(() => dashboard(cache, options as never)).toThrow(expect.objectContaining({ code: expected }))
  })

  it('never shows a secret in an error', () => {
    expect(() => dashboard(cache, { secret: 'swordfish' })).toThrow(expect.not.stringContaining('swordfish'))
  })

  it.each([[undefined], [{}], [[]], [{ shop: 5 }], [[cache, cache]]])('%o is no cache', (caches) => {
    expect(() => dashboard(caches as never)).toThrow(expect.objectContaining({ code: 'ERR_ARGUMENT_INVALID' }))
  })
})

describe('over a connection', () => {
  it('tells who sends too much, and goes on', async () => {
    const panel = panelWith({})
    const server = createServer(panel.node)
    const visitor = new Visitor(`${await listening(server)}/`)
    await expect(visitor.post('explain', { key: 'k'.repeat(10_000_000) })).rejects.toMatchObject({ status: 413 })
    expect(await visitor.post('explain', { key: 'k' })).toMatchObject({ servedBy: null })
    server.closeAllConnections()
    server.close()
    panel.close()
  })

  it('reports nothing where somebody goes away while sending', async () => {
    const panel = panelWith({})
    const server = createServer(panel.node)
    const origin = await listening(server)
    const { token } = await new Visitor(`${origin}/`).get<Session>('session')
    const warn = vi.spyOn(process, 'emitWarning').mockReturnValue()
    const socket = connect(Number(new URL(origin).port), '127.0.0.1')
    const head = ['POST /api/explain HTTP/1.1', 'host: localhost', 'content-type: application/json']
    socket.write(`${[...head, `${SESSION_HEADER}: ${token}`, 'content-length: 100'].join('\r\n')}\r\n\r\n{"key":`)
    const [, response] = await once(server, 'request')
    socket.destroy()
    await once(response, 'close')
    // What the one before is a reason to tell is told by the time another is answered.
    await new Visitor(`${origin}/`).get<Session>('session')
    expect(warn).not.toHaveBeenCalled()
    warn.mockRestore()
    server.close()
    panel.close()
  })

  it('answers addresses and hosts of which no sense can be made', async () => {
    const panel = panelWith({})
    const server = createServer(panel.node)
    const { port } = new URL(await listening(server))
    const statusLine = async (path: string, host: string) => {
      const socket = connect(Number(port), '127.0.0.1')
      socket.write(`GET ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`)
      return (await text(socket)).split('\r\n')[0]
    }
    expect(await statusLine('//evil.example/api/session', '127.0.0.1')).toContain('404')
    expect(await statusLine('/api/session', 'a b<c')).toContain('400')
    expect(await statusLine('/%', '127.0.0.1')).toContain('404')
    expect(await statusLine('http://evil.example/api/session', '127.0.0.1')).toContain('404')
    expect(await statusLine('/api/session', '127.0.0.1')).toContain('200')
    server.closeAllConnections()
    server.close()
    panel.close()
  })
})
