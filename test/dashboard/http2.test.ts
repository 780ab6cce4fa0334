import { type ClientHttp2Session, connect, constants, createSecureServer, type OutgoingHttpHeaders } from 'node:http2'
import { request as overHttp1 } from 'node:https'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  dashboard,
  fromThisMachine,
  type InvalidateAnswer,
  SESSION_HEADER,
  type Session,
} from '../../src/dashboard/index.ts'
import { createCache, memory } from '../../src/index.ts'
import { FakeWorld } from '../../src/testing/index.ts'
import { CERTIFICATE, KEY } from '../memcached/tls-certificate.ts'

const cache = createCache<number>({ name: 'shop', levels: [memory()] })
const panel = dashboard(cache, { authorize: fromThisMachine })
const server = createSecureServer({ key: KEY, cert: CERTIFICATE, allowHTTP1: true }, panel.node)
let session: ClientHttp2Session
let origin: string
let token: string

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve))
  origin = `https://localhost:${(server.address() as AddressInfo).port}`
  session = connect(origin, { ca: CERTIFICATE })
  token = (await asked<Session>('session')).body.token
})

afterAll(async () => {
  panel.close()
  session.close()
  await new Promise((resolve) => server.close(resolve))
  await cache.close()
})

/** What the dashboard answers over HTTP/2; with a body it is told as a page of it does. */
async function asked<T>(route: string, body?: object, more: OutgoingHttpHeaders = {}) {
  const post = {
    ':method': 'POST',
    'content-type': 'application/json',
    origin,
    'sec-fetch-site': 'same-origin',
    [SESSION_HEADER]: token,
  }
  const stream = session.request({ ':path': `/api/${route}`, ...(body === undefined ? {} : post), ...more })
  const status = new Promise<number>((resolve, reject) => {
    stream.on('response', (headers) => resolve(headers[':status']!))
    stream.on('error', reject)
  })
  stream.end(body === undefined ? undefined : JSON.stringify(body))
  return { status: await status, body: JSON.parse(await text(stream)) as T }
}

describe('over HTTP/2', () => {
  it('finds, explains and invalidates', async () => {
    await cache.set('a', 1)
    expect(await asked('keys', { cache: 'shop', prefix: '' })).toMatchObject({
      status: 200,
      body: { keys: [{ key: 'a' }] },
    })
    expect(await asked('explain', { cache: 'shop', key: 'a' })).toMatchObject({ status: 200, body: { servedBy: 0 } })
    const wish = { cache: 'shop', scope: { kind: 'key', key: 'a' } }
    const { body } = await asked<InvalidateAnswer & { done: false }>('invalidate', wish)
    expect(await asked('invalidate', { ...wish, ticket: body.ticket })).toMatchObject({
      status: 200,
      body: { ok: true },
    })
    expect(cache.peek('a')).toBeUndefined()
  })

  it('refuses pages of other origins, and names of this machine that are none', async () => {
    const wish = { cache: 'shop', prefix: '' }
    for (const evil of ['https://evil.example', origin.replace('https', 'ftp'), 'https://localhost:1']) {
      expect(await asked('keys', wish, { origin: evil })).toMatchObject({
        status: 403,
        body: { error: { code: 'origin' } },
      })
    }
    const rebound = { ':authority': 'evil.example' }
    expect(await asked('keys', wish, rebound)).toMatchObject({ status: 403, body: { error: { code: 'refused' } } })
    // What counts is where the browser has gone, not what a header says of it.
    const both = { ...rebound, host: 'localhost' }
    expect(await asked('keys', wish, both)).toMatchObject({ status: 403, body: { error: { code: 'refused' } } })
  })

  it('sends events as they come', async () => {
    const stream = session.request({ ':path': '/api/events?cache=shop' })
    let heard = ''
    for await (const chunk of stream) {
      heard += String(chunk)
      if (heard.includes('event: point')) break
    }
    expect(heard).toMatch(/^retry: \d+\n\nevent: hello\n/)
    stream.close()
  })

  it('begins none for who has gone before the dashboard was asked', async () => {
    const world = new FakeWorld()
    const own = dashboard(cache, { authorize: () => true, world })
    const before = world.timers
    const done = Promise.withResolvers<void>()
    const late = createSecureServer({ key: KEY, cert: CERTIFICATE }, (request, response) => {
      request.stream.once('close', () => {
        own.node(request, response)
        setImmediate(done.resolve)
      })
    })
    await new Promise<void>((resolve) => late.listen(0, 'localhost', resolve))
    const client = connect(`https://localhost:${(late.address() as AddressInfo).port}`, { ca: CERTIFICATE })
    const stream = client.request({ ':path': '/api/events' })
    late.once('stream', () => stream.close(constants.NGHTTP2_CANCEL))
    await done.promise
    expect(world.timers).toBe(before)
    own.close()
    client.close()
    await new Promise((resolve) => late.close(resolve))
  })

  it('and answers on the same port who speaks HTTP/1.1', async () => {
    const answer = await new Promise<string>((resolve, reject) => {
      const asking = overHttp1(`${origin}/api/session`, { ca: CERTIFICATE }, (response) => resolve(text(response)))
      asking.on('error', reject).end()
    })
    expect(JSON.parse(answer)).toMatchObject({ caches: [{ name: 'shop' }] })
  })
})
