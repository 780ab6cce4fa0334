import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, it, onTestFinished } from 'vitest'
import type { Summary } from '../demo/summary.ts'
import { freePort } from '../servers/free-port.ts'
import { startMemcached } from '../servers/memcached-server.ts'
import { startRedis } from '../servers/redis-server.ts'
import type { Session } from '../src/dashboard/index.ts'

const main = fileURLToPath(new URL('../demo/main.ts', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'terrace-demo-'))
const trace = join(folder, 'small.txt')
// 200 visitors look at the same 50 products.
writeFileSync(trace, Array.from({ length: 10_000 }, (_, i) => `/product/${i % 50}`).join('\n'))
afterAll(() => rmSync(folder, { recursive: true }))

interface Ending {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

/** Runs the demo to its end; `onOutput` sees what it has printed so far and may interrupt it. */
function demo(args: readonly string[], onOutput?: (out: string, interrupt: () => void) => void): Promise<Ending> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [main, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
    let out = ''
    let err = ''
    child.stdout.on('data', (chunk) => {
      out += chunk
      onOutput?.(out, () => child.kill('SIGINT'))
    })
    child.stderr.on('data', (chunk) => {
      err += chunk
    })
    child.on('close', (code) => resolve({ code, out, err }))
  })
}

/** What the demo answers who asks for its session by this name. */
function statusFor({ hostname, port }: URL, host: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const asked = request({ hostname, port, path: '/api/session', headers: { host } }, (response) => {
      response.resume()
      resolve(response.statusCode)
    })
    asked.on('error', reject)
    asked.end()
  })
}

describe('the demo', () => {
  it('serves a fixed number of requests and ends with a summary that adds up', async () => {
    const { code, out, err } = await demo(['--once'])
    expect(err).toBe('')
    expect(code).toBe(0)
    const summary = JSON.parse(out) as Summary
    expect(summary.withCache.requests).toBe(100_000)
    expect(summary.withoutCache.requests).toBe(2_000)
    expect(summary.fetches).toBeGreaterThan(0)
    expect(summary.databaseQueries).toBe(summary.fetches)
    expect(summary.staleViews).toBe(0)
    expect(summary.priceChanges).toBeGreaterThan(0)
    expect(summary.levels.map(({ name }) => name)).toEqual(['L1 memory', 'L2 disk'])
    // Whoever reads it with a program has nothing but the names to tell the units by.
    expect(Object.keys(summary.withCache)).toEqual(['requests', 'requestsPerSecond', 'p50Ms', 'p99Ms'])
    expect(summary.withoutCache.p50Ms).toBeGreaterThanOrEqual(4)
    const [memory] = summary.levels
    expect(memory!.sharePercent).toBeCloseTo((100 * memory!.hits) / 100_000, 0)
    // Views that joined a flight count as neither: they were answered by somebody else's fetch.
    const answered = summary.levels.reduce((sum, { hits }) => sum + hits, 0) + summary.fetches + summary.priceChanges
    expect(answered).toBeLessThanOrEqual(summary.withCache.requests)
    expect(answered).toBeGreaterThan(summary.withCache.requests * 0.9)
  })

  it('replays a recorded trace', async () => {
    const { code, out } = await demo(['--once', '--trace', trace])
    expect(code).toBe(0)
    const summary = JSON.parse(out) as Summary
    expect(summary.traffic).toBe('trace small')
    expect(summary.withCache.requests).toBe(10_000)
    expect(summary.fetches).toBe(50)
    expect(summary.databaseQueries).toBe(50)
  })

  it('refuses a trace without a request', async () => {
    const empty = join(folder, 'empty.txt')
    writeFileSync(empty, '')
    const { code, out, err } = await demo(['--once', '--trace', empty])
    expect(err).toContain(`--trace: there is no request in ${empty}`)
    expect([code, out]).toEqual([2, ''])
  })

  // On a machine that is busy a cold level may miss its deadline for as long as this lasts.
  it('uses Memcached and Redis below memory', { retry: 2 }, async () => {
    const [redis, memcached] = await Promise.all([startRedis(), startMemcached()])
    onTestFinished(async () => {
      await Promise.all([redis.close(), memcached.kill()])
    })
    const servers = ['--redis', redis.url, '--memcached', `127.0.0.1:${memcached.port}`]
    const { code, out, err } = await demo(['--once', '--trace', trace, ...servers])
    expect(err).toBe('')
    expect(code).toBe(0)
    const { levels, staleViews, withCache } = JSON.parse(out) as Summary
    expect(levels.map(({ name }) => name)).toEqual(['L1 memory', 'L2 memcached', 'L3 redis'])
    expect(levels.map(({ hearing }) => hearing)).toEqual([undefined, 'nothing', 'feed'])
    expect(staleViews).toBe(0)
    expect(withCache.requests).toBe(10_000)
    expect(Number(await redis.command('DBSIZE'))).toBeGreaterThanOrEqual(50)
  })

  it('goes on without a server that cannot be reached, and says so', async () => {
    const url = `redis://127.0.0.1:${await freePort()}`
    const { code, out, err } = await demo(['--once', '--trace', trace, '--redis', url])
    expect(err).toMatch(/^L2 redis does not answer \(.*ECONNREFUSED.*\)\. The demo goes on without it/)
    expect(code).toBe(0)
    const { levels, fetches, databaseQueries, staleViews } = JSON.parse(out) as Summary
    expect(levels[1]).toMatchObject({ breaker: 'open', hits: 0, hearing: 'pulse', proven: false })
    expect(levels[1]!.failures).toBeGreaterThan(0)
    expect(fetches).toBe(50)
    expect(databaseQueries).toBe(50)
    expect(staleViews).toBe(0)
  })

  it('prints plain lines where there is no terminal, and ends by itself', async () => {
    const { code, out } = await demo(['--seconds', '2'])
    expect(code).toBe(0)
    expect(out).not.toContain('\x1b')
    expect(out).toMatch(/requests\/s {2}p50 .* p99 .* fetches/)
    expect(out).toContain('exactly as often as the cache fetched')
  })

  it('has a dashboard and the playground, for this machine, each with a link to the other', async () => {
    let pages: Promise<unknown> | undefined
    const look = async (out: string) => {
      const [, dashboard = '', playground = ''] = /^Dashboard {3}(\S+)\nPlayground {2}(\S+)$/m.exec(out)!
      expect(new URL(dashboard).hostname).toBe('127.0.0.1')
      const texts = await Promise.all([dashboard, playground].map(async (url) => (await fetch(url)).text()))
      const session = (await (await fetch(`${dashboard}api/session`)).json()) as Session
      const asked = await Promise.all(
        ['app.js', 'app.css', 'playground/app.js', 'playground/app.css'].map(async (name) => fetch(dashboard + name)),
      )
      // Somebody else's name for this machine is not let in.
      const foreign = await statusFor(new URL(dashboard), 'evil.example')
      return { texts, session, statuses: asked.map(({ status }) => status), foreign }
    }
    const { code } = await demo(['--seconds', '600', '--port', '0'], (soFar, interrupt) => {
      if (!soFar.includes('Playground') || !soFar.includes('requests/s')) return
      pages ??= look(soFar).finally(interrupt)
    })
    expect(code).toBe(0)
    const { texts, session, statuses, foreign } = (await pages) as Awaited<ReturnType<typeof look>>
    expect(texts[0]).toContain('<link rel="help" title="Playground" href="./playground/">')
    expect(texts[1]).toContain('<link rel="help" title="Dashboard of the demo" href="../">')
    expect(session.caches).toEqual([{ name: 'cache', levels: ['L1 memory', 'L2 disk'] }])
    expect(statuses).toEqual([200, 200, 200, 200])
    expect(foreign).toBe(403)
  })

  it('has no pages where none are wanted', async () => {
    const { code, out } = await demo(['--seconds', '2', '--no-pages'])
    expect(code).toBe(0)
    expect(out).not.toContain('http')
  })

  it('ends with the summary on Ctrl-C', async () => {
    let interrupted = false
    const { code, out } = await demo(['--seconds', '20'], (soFar, interrupt) => {
      // Before there is a cache, none of the requests is answered by a level.
      if (interrupted || !/fetches [1-9]/.test(soFar)) return
      interrupted = true
      interrupt()
    })
    expect(code).toBe(0)
    expect(out).toContain('exactly as often as the cache fetched')
  })

  it('compares nothing when Ctrl-C ends it before there was a cache', async () => {
    let interrupted = false
    const { code, out } = await demo(['--seconds', '600', '--no-pages'], (soFar, interrupt) => {
      if (interrupted || !soFar.includes('requests/s')) return
      interrupted = true
      interrupt()
    })
    expect(out).toMatch(/Ended before the comparison: [\d,]+ requests were served without a cache, none with one\.\n$/)
    expect(out).not.toContain('times as many')
    expect(code).toBe(0)
  })

  it.each([
    [['--onec'], "unknown flag '--onec'. Did you mean '--once'?"],
    [['once'], "expected flags alone, got 'once'"],
    [['--seconds', '1'], "--seconds: expected a number from 2 to 3600, got '1'"],
    [['--port', 'http'], "--port: expected a whole number from 0 to 65535, got 'http'"],
    [['--redis', 'localhost:6379'], 'redis: url: expected a URL such as redis://host:6379'],
    [['--memcached', 'a:b:c'], "memcached: nodes: expected an address such as 'host:11211', got 'a:b:c'"],
    [['--once', '--trace', '/nowhere/trace.txt'], '/nowhere/trace.txt'],
  ])('says what is wrong with %j', async (args, message) => {
    const { code, out, err } = await demo(args)
    expect(code).toBe(2)
    expect(out).toBe('')
    expect(err).toContain(message)
    expect(err).toContain('npm start -- [--redis URL]')
  })
})
