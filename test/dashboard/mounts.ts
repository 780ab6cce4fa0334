import 'reflect-metadata'
import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'
import { getRequestListener } from '@hono/node-server'
import { Module } from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import type { NestExpressApplication } from '@nestjs/platform-express'
import compression from 'compression'
import express, { type App as Express } from 'express'
import type { FastifyInstance } from 'fastify'
import { Hono } from 'hono'
import { compress } from 'hono/compress'
import type Koa from 'koa'
import type { Dashboard } from '../../src/dashboard/index.ts'
import { documented } from './documented.ts'
import { listening } from './visitor.ts'

/** A server that has the dashboard at `/ops/cache`. */
interface Mounted {
  readonly origin: string
  close(): Promise<unknown> | unknown
}

/** What is behind it at another path: the dashboard must not answer for it. */
export const ELSEWHERE = 'not the dashboard'

/** Compresses what is as short as that, too. */
const compressed = compression({ threshold: 0 })

async function served(listener: RequestListener): Promise<Mounted> {
  const server = createServer(listener)
  return { origin: await listening(server), close: closing(server) }
}

function closing(server: Server): () => Promise<void> {
  return () =>
    new Promise((resolve) => {
      server.closeAllConnections()
      server.close(() => resolve())
    })
}

/** A body as a parser leaves it, with nothing left to read. */
async function parsed(request: IncomingMessage): Promise<unknown> {
  return request.method === 'POST' ? JSON.parse(await text(request)) : undefined
}

function elsewhere(response: ServerResponse): void {
  response.setHeader('content-type', 'text/plain')
  response.end(ELSEWHERE)
}

type Mount = (panel: Dashboard) => Promise<Mounted>

/** As the documentation has it, where it has it. */
export const PLAIN: Readonly<Record<string, Mount>> = {
  'plain http': (panel) => served((request, response) => panel.node(request, response, () => elsewhere(response))),

  Express: async (panel) => expressWith(panel),

  'Express, mounted at the root with a basePath': async (panel) => {
    const app = express()
    app.use(panel.node)
    app.use((_, response) => elsewhere(response))
    return served(app)
  },

  Fastify: (panel) => fastifyWith(panel),

  Hono: (panel) => honoWith(panel),

  'Hono, by its requests as they are': async (panel) => {
    const app = new Hono()
    app.all('/ops/cache', (c) => panel.fetch(c.req.raw))
    app.all('/ops/cache/*', (c) => panel.fetch(c.req.raw))
    app.all('/', (c) => c.text(ELSEWHERE))
    return served(getRequestListener(app.fetch))
  },

  'Hono, mounted': async (panel) => {
    const app = new Hono()
    app.mount('/ops/cache', panel.fetch)
    app.all('/', (c) => c.text(ELSEWHERE))
    return served(getRequestListener(app.fetch))
  },

  Koa: (panel) => koaWith(panel),

  NestJS: (panel) => nestWith(panel),
}

/** The same behind what compresses answers and what reads bodies. */
export const BEHIND: Readonly<Record<string, Mount>> = {
  'plain http': (panel) =>
    served((request, response) => {
      compressed(request, response, async () => {
        Object.assign(request, { body: await parsed(request) })
        panel.node(request, response, () => elsewhere(response))
      })
    }),

  Express: (panel) =>
    expressWith(panel, (app) => {
      app.use(compressed)
      app.use(express.json(), express.urlencoded(), express.text())
    }),

  // It parses bodies by itself.
  Fastify: (panel) =>
    fastifyWith(panel, (app) => {
      app.addHook('onRequest', (request, reply, done) => compressed(request.raw, reply.raw, done))
    }),

  Hono: (panel) =>
    honoWith(panel, (app) => {
      app.use(compress({ threshold: 0 }))
      app.use(async (c, next) => {
        if (c.req.method === 'POST') await c.req.json()
        await next()
      })
    }),

  Koa: (panel) =>
    koaWith(panel, (app) => {
      app.use((context, next) => new Promise<void>((go) => compressed(context.req, context.res, go)).then(next))
      app.use(async (context, next) => {
        Object.assign(context.req, { body: await parsed(context.req) })
        await next()
      })
    }),

  NestJS: (panel) =>
    nestWith(panel, (app) => {
      app.use(compressed)
      app.useBodyParser('json')
    }),
}

async function expressWith(panel: Dashboard, before?: (app: Express) => void): Promise<Mounted> {
  const app = documented("import express from 'express'", panel, before)
  app.use((_, response) => elsewhere(response))
  return served(app)
}

async function fastifyWith(panel: Dashboard, before?: (app: FastifyInstance) => void): Promise<Mounted> {
  const app = documented("import Fastify from 'fastify'", panel, before)
  app.all('/', () => ELSEWHERE)
  const origin = await app.listen({ port: 0, host: '127.0.0.1' })
  return { origin, close: () => app.close() }
}

async function honoWith(panel: Dashboard, before?: (app: Hono) => void): Promise<Mounted> {
  const app = documented("import { Hono } from 'hono'", panel, before)
  app.all('/', (c) => c.text(ELSEWHERE))
  return served(getRequestListener(app.fetch))
}

async function koaWith(panel: Dashboard, before?: (app: Koa) => void): Promise<Mounted> {
  const app = documented("import Koa from 'koa'", panel, before)
  app.use((context) => {
    context.body = ELSEWHERE
  })
  return served(app.callback())
}

async function nestWith(panel: Dashboard, before?: (app: NestExpressApplication) => void): Promise<Mounted> {
  class App {}
  Module({})(App)
  const app = await NestFactory.create<NestExpressApplication>(App, { logger: false })
  before?.(app)
  app.use('/ops/cache', panel.node)
  app.use((_: unknown, response: ServerResponse) => elsewhere(response))
  await app.listen(0, '127.0.0.1')
  return { origin: await app.getUrl(), close: () => app.close() }
}
