import 'reflect-metadata'
import { createServer, type Server, type ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'
import { getRequestListener } from '@hono/node-server'
import { Module } from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import type { NestExpressApplication } from '@nestjs/platform-express'
import compression from 'compression'
import express from 'express'
import Fastify from 'fastify'
import { Hono } from 'hono'
import Koa from 'koa'
import { describe, expect, it } from 'vitest'
import {
  type Activity,
  type Dashboard,
  dashboard,
  fromThisMachine,
  type InvalidateAnswer,
  type Session,
} from '../../src/dashboard/index.ts'
import { createCache, memory } from '../../src/index.ts'
import { listening, Visitor } from './visitor.ts'

/** A server that has the dashboard at `/ops/cache`. */
interface Mounted {
  readonly origin: string
  close(): Promise<unknown> | unknown
}

function closing(server: Server): () => Promise<void> {
  return () =>
    new Promise((resolve) => {
      server.closeAllConnections()
      server.close(() => resolve())
    })
}

async function served(server: Server): Promise<Mounted> {
  return { origin: await listening(server), close: closing(server) }
}

/** What is behind it at another path: the dashboard must not answer for it. */
const ELSEWHERE = 'not the dashboard'

const frameworks: Readonly<Record<string, (panel: Dashboard) => Promise<Mounted>>> = {
  'plain http': (panel) =>
    served(createServer((request, response) => panel.node(request, response, () => response.end(ELSEWHERE)))),

  Express: async (panel) => {
    const app = express()
    app.use('/ops/cache', panel.node)
    app.use((_, response) => void response.send(ELSEWHERE))
    return served(createServer(app))
  },

  'Express with compression and a parser of bodies': async (panel) => {
    const app = express()
    app.use(compression({ threshold: 0 }))
    app.use(express.json(), express.urlencoded(), express.text())
    app.use('/ops/cache', panel.node)
    app.use((_, response) => void response.send(ELSEWHERE))
    return served(createServer(app))
  },

  'Express, mounted at the root with a basePath': async (panel) => {
    const app = express()
    app.use(panel.node)
    app.use((_, response) => void response.send(ELSEWHERE))
    return served(createServer(app))
  },

  Fastify: async (panel) => {
    const app = Fastify()
    app.all('/ops/cache', (request, reply) => {
      reply.hijack()
      panel.node(Object.assign(request.raw, { body: request.body }), reply.raw)
    })
    app.all('/ops/cache/*', (request, reply) => {
      reply.hijack()
      panel.node(Object.assign(request.raw, { body: request.body }), reply.raw)
    })
    app.all('/', () => ELSEWHERE)
    const origin = await app.listen({ port: 0, host: '127.0.0.1' })
    return { origin, close: () => app.close() }
  },

  'Hono, by its routes': async (panel) => {
    const app = new Hono()
    app.all('/ops/cache', (c) => panel.fetch(c.req.raw))
    app.all('/ops/cache/*', (c) => panel.fetch(c.req.raw))
    app.all('/', (c) => c.text(ELSEWHERE))
    return served(createServer(getRequestListener(app.fetch)))
  },

  'Hono, mounted': async (panel) => {
    const app = new Hono()
    app.mount('/ops/cache', panel.fetch)
    app.all('/', (c) => c.text(ELSEWHERE))
    return served(createServer(getRequestListener(app.fetch)))
  },

  'Koa with a parser of bodies': async (panel) => {
    const app = new Koa()
    app.use(async (context, next) => {
      if (context.req.method === 'POST') Object.assign(context.req, { body: JSON.parse(await text(context.req)) })
      await next()
    })
    app.use((context, next) => {
      if (!context.path.startsWith('/ops/cache')) return next()
      context.respond = false
      panel.node(context.req, context.res)
      return undefined
    })
    app.use((context) => {
      context.body = ELSEWHERE
    })
    return served(createServer(app.callback()))
  },

  Koa: async (panel) => {
    const app = new Koa()
    app.use((context, next) => {
      if (!context.path.startsWith('/ops/cache')) return next()
      context.respond = false
      panel.node(context.req, context.res)
      return undefined
    })
    app.use((context) => {
      context.body = ELSEWHERE
    })
    return served(createServer(app.callback()))
  },

  NestJS: async (panel) => {
    class App {}
    Module({})(App)
    const app = await NestFactory.create<NestExpressApplication>(App, { logger: false })
    app.use('/ops/cache', panel.node)
    app.use((_: unknown, response: ServerResponse) => void response.end(ELSEWHERE))
    await app.listen(0, '127.0.0.1')
    return { origin: await app.getUrl(), close: () => app.close() }
  },
}

describe.each(Object.keys(frameworks))('the dashboard in %s', (name) => {
  it('answers with its page, events and a mutation, and leaves the rest to others', async () => {
    const cache = createCache<number>({ name: 'shop', levels: [memory({ maxEntries: 2, policy: 'lru' }), memory()] })
    // Hono strips the path and says nothing of what it was.
    const authorize = name.startsWith('Hono') ? () => true : fromThisMachine
    const panel = dashboard(cache, { authorize, basePath: '/ops/cache' })
    const server = await frameworks[name]!(panel)
    const base = `${server.origin}/ops/cache/`
    const visitor = new Visitor(base)
    try {
      const page = await fetch(base)
      // Whether it was built or not: what answers is the dashboard.
      expect(page.headers.get('content-security-policy')).toContain("script-src 'self'")
      expect([200, 404]).toContain(page.status)
      expect(await (await fetch(`${server.origin}/`)).text()).toBe(ELSEWHERE)
      if (name !== 'Hono, mounted') {
        const bare = await fetch(base.slice(0, -1), { redirect: 'manual' })
        expect(bare.status).toBe(308)
        expect(new URL(bare.headers.get('location')!, base.slice(0, -1)).href).toBe(base)
      }

      const session = await visitor.get<Session>('session')
      expect(session.caches).toEqual([{ name: 'shop', levels: ['L1', 'L2'] }])

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
      expect(await visitor.post('invalidate', { cache: 'shop', scope, ticket })).toMatchObject({ done: true, ok: true })
      expect(await cache.get('a')).toBeUndefined()
      expect(await cache.get('b')).toBe(2)
    } finally {
      panel.close()
      await server.close()
      await cache.close()
    }
  })
})
