import { createServer } from 'node:http'
import { getRequestListener } from '@hono/node-server'
import express from 'express'
import { Hono } from 'hono'
import { describe, expect, it } from 'vitest'
import {
  type Activity,
  dashboard,
  type Failure,
  fromThisMachine,
  type InvalidateAnswer,
  ROUTES,
  type Session,
} from '../../src/dashboard/index.ts'
import { readPageFiles } from '../../src/dashboard/page-files.ts'
import { createCache, memory } from '../../src/index.ts'
import { BEHIND, ELSEWHERE, PLAIN } from './mounts.ts'
import { listening, Visitor } from './visitor.ts'

const MOUNTS = [
  ...Object.entries(PLAIN).map(([name, mount]) => [name, mount, false] as const),
  ...Object.entries(BEHIND).map(
    ([name, mount]) => [`${name}, behind compression and bodies read`, mount, true] as const,
  ),
]

describe.each(MOUNTS)('the dashboard in %s', (name, mount, isBehind) => {
  it('answers with its page, events and a mutation, and leaves the rest to others', async () => {
    const cache = createCache<number>({ name: 'shop', levels: [memory({ maxEntries: 2, policy: 'lru' }), memory()] })
    // Hono strips the path and says nothing of what it was.
    const authorize = name.startsWith('Hono') ? () => true : fromThisMachine
    const panel = dashboard(cache, { authorize, basePath: '/ops/cache' })
    const server = await mount(panel)
    const base = `${server.origin}/ops/cache/`
    const visitor = new Visitor(base)
    try {
      await expectPage(base)
      const other = await fetch(`${server.origin}/`)
      expect(await other.text()).toBe(ELSEWHERE)
      expect(other.headers.has('content-encoding')).toBe(isBehind)
      if (name !== 'Hono, mounted') {
        const bare = await fetch(base.slice(0, -1), { redirect: 'manual' })
        expect(bare.status).toBe(308)
        expect(new URL(bare.headers.get('location')!, base.slice(0, -1)).href).toBe(base)
      }

      const session = await visitor.get<Session>('session')
      expect(session.caches).toEqual([{ name: 'shop', levels: ['L1', 'L2'] }])

      // What is told while the stream is open arrives while it is open.
      let isWritten = false
      const heard = await visitor.listen('?cache=shop', (all) => {
        if (!isWritten) {
          isWritten = true
          void cache.set('a', 1).then(() => cache.set('b', 2))
        }
        return all.some(({ event, data }) => event === 'activity' && (data as Activity).events.length > 0)
      })
      expect(heard[0]).toMatchObject({ event: 'hello', data: { cache: 'shop', levels: ['L1', 'L2'] } })
      expect((heard.at(-1)!.data as Activity).events[0]).toMatchObject({ type: 'set', keys: ['a'], more: 0 })

      const scope = { kind: 'key', key: 'a' }
      const counted = await visitor.post<InvalidateAnswer>('invalidate', { cache: 'shop', scope })
      expect(counted).toMatchObject({ done: false, covers: [{ keys: 1 }, { keys: 1 }] })
      expect(await cache.get('a')).toBe(1)
      const { ticket } = counted as { readonly ticket: string }
      expect(await visitor.post('invalidate', { cache: 'shop', scope, ticket })).toMatchObject({
        done: true,
        ok: true,
      })
      expect(await cache.get('a')).toBeUndefined()
      expect(await cache.get('b')).toBe(2)
    } finally {
      panel.close()
      await server.close()
      await cache.close()
    }
  })
})

/** The page, or where none was built the dashboard's own word for that. */
async function expectPage(base: string): Promise<void> {
  const index = (await readPageFiles()).get('index.html')
  const page = await fetch(base)
  expect(page.headers.get('content-security-policy')).toContain("script-src 'self'")
  if (index === undefined) {
    expect(page.status).toBe(404)
    const { error } = (await page.json()) as Failure
    expect(error).toEqual({ code: 'not-found', message: 'the page was not built (npm run build)' })
  } else {
    expect([page.status, page.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8'])
    expect(await page.text()).toBe(new TextDecoder().decode(index.bytes))
  }
  // It is the mount that is asked, not its neighbour.
  expect((await fetch(`${base}nowhere`)).status).toBe(404)
}

it('leads to where Express has it, also by a path that addresses write in escapes', async () => {
  const cache = createCache<number>({ name: 'shop', levels: [memory()] })
  const panel = dashboard(cache, { authorize: () => true })
  const app = express()
  app.use('/teams/:team', panel.node)
  const server = createServer(app)
  const mount = `${await listening(server)}/teams/red%20%2B%20blue`
  const bare = await fetch(mount, { redirect: 'manual' })
  expect(new URL(bare.headers.get('location')!, mount).href).toBe(`${mount}/`)
  expect(await new Visitor(`${mount}/`).get<Session>('session')).toMatchObject({ caches: [{ name: 'shop' }] })
  panel.close()
  server.closeAllConnections()
  server.close()
  await cache.close()
})

it('says what to do where the body was read before, and is gone', async () => {
  const cache = createCache<number>({ name: 'shop', levels: [memory()] })
  const panel = dashboard(cache, { authorize: () => true, basePath: '/ops/cache' })
  const app = new Hono()
  app.use(async (c, next) => {
    if (c.req.method === 'POST') await c.req.json()
    await next()
  })
  app.all('/ops/cache/*', (c) => panel.fetch(c.req.raw))
  const server = createServer(getRequestListener(app.fetch))
  const visitor = new Visitor(`${await listening(server)}/ops/cache/`)
  await expect(visitor.post('explain', { key: 'a' })).rejects.toMatchObject({
    status: 500,
    code: 'body-read',
    message: expect.stringContaining('cloneRawRequest of hono/request'),
  })
  const { token } = await visitor.get<Session>('session')
  const used = new Request(`http://localhost/ops/cache/${ROUTES.explain}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-terrace-session': token },
    body: '{"key":"a"}',
  })
  // Somebody holds it, which is no better.
  used.body!.getReader()
  expect((await panel.fetch(used)).status).toBe(500)
  panel.close()
  server.closeAllConnections()
  server.close()
  await cache.close()
})
