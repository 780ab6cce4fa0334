import type { ChildProcess } from 'node:child_process'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type RedisServer, startRedis } from '../../servers/redis-server.ts'
import type { Fleet, InvalidateAnswer, KeysAnswer, Session } from '../../src/dashboard/index.ts'
import { createCache } from '../../src/index.ts'
import { redis } from '../../src/levels/redis.ts'
import { Visitor } from '../dashboard/visitor.ts'
import { connected } from './connected.ts'
import { firstLine, outcome, start, startWith, terrace } from './terrace.ts'

let server: RedisServer

beforeAll(async () => {
  server = await startRedis()
  const cache = await connected(createCache({ levels: [redis({ url: server.url, timeout: '30s' })] }))
  await cache.set('users:1', 1)
  await cache.close()
})

afterAll(() => server.close())

/** Presses Ctrl-C. @returns the exit code */
async function ended(child: ChildProcess): Promise<number | null> {
  child.kill('SIGINT')
  return (await outcome(child)).code
}

describe('terrace dashboard', () => {
  it('shows a fleet to this machine, and lets nobody change anything', async () => {
    const child = start('dashboard', '--redis', server.url, '--port', '0', '--json')
    const { url } = JSON.parse(await firstLine(child)) as { url: string }
    const visitor = new Visitor(url)
    const { readOnly, caches } = await visitor.get<Session>('session')
    expect({ readOnly, caches }).toEqual({ readOnly: true, caches: [{ name: 'fleet', levels: ['redis'] }] })
    expect((await visitor.post<KeysAnswer>('keys', { cache: 'fleet', prefix: '' })).keys).toEqual([{ key: 'users:1' }])
    expect((await visitor.get<Fleet>('fleet')).levels[0]).toMatchObject({
      name: 'redis',
      server: { keys: expect.any(Number) },
    })
    await expect(visitor.post('invalidate', { cache: 'fleet', scope: { kind: 'all' } })).rejects.toMatchObject({
      code: 'read-only',
    })
    expect(await ended(child)).toBe(0)
  })

  it('changes things for those who bring the token, if it is allowed to', async () => {
    const token = 'a token of some length'
    const args = ['dashboard', '--redis', server.url, '--port', '0', '--host', '0.0.0.0', '--allow-changes', '--json']
    const child = startWith({ TERRACE_TOKEN: token }, ...args)
    const { port } = new URL((JSON.parse(await firstLine(child)) as { url: string }).url)
    const url = `http://127.0.0.1:${port}/`
    const refused = await fetch(url)
    expect(refused.status).toBe(401)
    expect(refused.headers.get('www-authenticate')).toMatch(/^Basic /)
    for (const wrong of ['Bearer a token of some lengtH', `Basic ${btoa('x:no')}`, 'Bearer']) {
      expect((await fetch(`${url}api/session`, { headers: { authorization: wrong } })).status).toBe(401)
    }
    const browser = await fetch(`${url}api/session`, { headers: { authorization: `Basic ${btoa(`me:${token}`)}` } })
    expect(browser.status).toBe(200)
    const visitor = new Visitor(url, { authorization: `Bearer ${token}` })
    const ask = { cache: 'fleet', scope: { kind: 'key', key: 'users:1' } }
    const first = await visitor.post<InvalidateAnswer>('invalidate', ask)
    expect(first).toMatchObject({ done: false, covers: [{ name: 'redis', keys: 1 }] })
    const { ticket } = first as { ticket: string }
    expect(await visitor.post<InvalidateAnswer>('invalidate', { ...ask, ticket })).toMatchObject({
      done: true,
      ok: true,
    })
    expect(await server.command('EXISTS', 'terrace:{0/1}:users:1')).toBe('0')
    expect(await ended(child)).toBe(0)
  })

  it('says what it cannot do, before it does anything', async () => {
    const answers: [string[], number, string][] = [
      [[], 2, 'dashboard needs --redis, --memcached or --disk'],
      [['--redis', server.url, '--host', '0.0.0.0'], 2, 'can be reached from other machines: say --token'],
      [['--redis', server.url, '--token', 'short'], 2, '--token: expected 16 characters or more'],
      [['--redis', server.url, '--port', '70000'], 2, '--port: expected a whole number from 0 to 65535'],
      [['--redis', server.url, '--prefix', 'typo:'], 1, "there is no cache with the prefix 'typo:'"],
      [['--redis', server.url, '--port', String(server.port)], 1, 'somebody listens there already; say another --port'],
    ]
    for (const [args, code, message] of answers) {
      expect(await terrace('dashboard', ...args)).toMatchObject({
        code,
        out: '',
        err: expect.stringContaining(message),
      })
    }
  })
})

describe('terrace demo', () => {
  it('opens a shop whose cache can be watched, until somebody has seen enough', async () => {
    const child = start('demo', '--port', '0', '--rate', '500', '--json')
    const { dashboard } = JSON.parse(await firstLine(child)) as { dashboard: string }
    const report = await terrace('top', dashboard, '--once', '--json')
    expect(report).toMatchObject({ code: 0, err: '' })
    const { cache, figures } = JSON.parse(report.out)
    expect(cache).toBe('shop')
    expect(figures.readsPerSecond).toBeGreaterThan(0)
    expect(figures.levels.map(({ name }: { name: string }) => name)).toEqual(['L1', 'L2'])
    expect((await fetch(`${dashboard}playground/../package.json`)).status).toBe(404)
    expect(await ended(child)).toBe(0)
  })
})
