import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { freePort } from '../../servers/free-port.ts'
import { coloursFor } from '../../src/cli/colours.ts'
import { figuresOf, joined, readingIn } from '../../src/cli/top/figures.ts'
import { frameOf } from '../../src/cli/top/frame.ts'
import type { Report } from '../../src/cli/top/report.ts'
import { Screen } from '../../src/cli/top/screen.ts'
import { type Dashboard, dashboard } from '../../src/dashboard/index.ts'
import { createCache, type MultiLevelCache, memory } from '../../src/index.ts'
import { widthOf } from '../../src/printable.ts'
import { outcome, start, startOnTerminal, startWith, terrace } from './terrace.ts'

const HOSTILE = 'evil\x1b[2J\u009b31m\u202ekey'
// biome-ignore lint/suspicious/noControlCharactersInRegex: what frames are painted with
const PAINTED = /\x1b\[\d+m/g

const notes = [
  { name: 'L1', policy: 'lru', maxEntries: 10, maxBytes: null },
  { name: 'redis', policy: null, maxEntries: null, maxBytes: null },
]

function point(reads: number, hits: number, p99: number | null): unknown {
  const level = { answered: hits, hits, misses: reads - hits, evictions: 3, size: 7, breaker: 0, latencyP99: p99 }
  return {
    at: 0,
    length: 1000,
    total: { reads, hits, misses: reads - hits, fetches: 1, fetchP99: p99, flights: 2 },
    levels: [level, { ...level, answered: 0, breaker: 2, proven: 0, pending: 4 }],
  }
}

describe('figures', () => {
  it('are a second of one process, of several intervals, of several processes', () => {
    const [one, two] = [readingIn(point(100, 80, 5), 2)!, readingIn(point(300, 120, 9), 2)!]
    expect(figuresOf([{ reading: one, notes }])).toMatchObject({
      readsPerSecond: 100,
      hitRatio: 0.8,
      fetchP99: 5,
      flights: 2,
      levels: [
        {
          name: 'L1',
          policy: 'lru',
          answered: 0.8,
          hitRatio: 0.8,
          evictionsPerSecond: 3,
          size: 7,
          maxEntries: 10,
          breaker: 'closed',
          proven: null,
        },
        { name: 'redis', breaker: 'open', proven: false, pending: 4, maxEntries: null },
      ],
    })
    const both = figuresOf([{ reading: joined([one, two]), notes }])
    expect(both).toMatchObject({ readsPerSecond: 200, hitRatio: 0.5, fetchP99: 9, flights: 2 })
    expect(both.levels[0]).toMatchObject({ size: 7, evictionsPerSecond: 3 })
    const fleet = figuresOf([
      { reading: one, notes },
      { reading: two, notes },
    ])
    expect(fleet).toMatchObject({ readsPerSecond: 400, hitRatio: 0.5, fetchP99: 9, flights: 4 })
    expect(fleet.levels[0]).toMatchObject({ size: 14, maxEntries: 20, evictionsPerSecond: 6 })
  })

  it('tell of stale answers and of how the source is spared, as states and as rates', () => {
    const told = (inFlight: number, stale: number) => {
      const source = { sourceLimit: 8, sourceInFlight: inFlight, sourceQueued: 3, shed: 4, retried: 2 }
      return { length: 1000, total: { reads: 10, stale, refreshes: 6, ...source }, levels: [{}, {}] }
    }
    const [one, two] = [readingIn(told(5, 10), 2)!, readingIn(told(7, 20), 2)!]
    const row = figuresOf([{ reading: joined([one, two]), notes }])
    expect(row).toMatchObject({ stalePerSecond: 15, refreshesPerSecond: 6 })
    expect(row.source).toEqual({ limit: 8, inFlight: 7, queued: 3, shedPerSecond: 4, retriedPerSecond: 2 })
    const fleet = figuresOf([
      { reading: one, notes },
      { reading: two, notes },
      { reading: readingIn(point(1, 1, 1), 2)!, notes },
    ])
    expect(fleet).toMatchObject({ stalePerSecond: 30, refreshesPerSecond: 12 })
    expect(fleet.source).toEqual({ limit: 16, inFlight: 12, queued: 6, shedPerSecond: 8, retriedPerSecond: 4 })
    // Nothing spares it, or the dashboard is of a version that does not tell.
    expect(figuresOf([{ reading: readingIn(point(1, 1, 1), 2)!, notes }])).toMatchObject({
      stalePerSecond: 0,
      source: null,
    })
    const unlimited = readingIn({ ...told(2, 0), total: { sourceInFlight: 2, sourceLimit: null } }, 2)!
    expect(figuresOf([{ reading: unlimited, notes }]).source).toMatchObject({ limit: null, inFlight: 2, queued: 0 })
  })

  it('take nothing for a number that is none, whatever a server sends', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (data) => {
        const reading = readingIn(data, 2)
        if (reading !== undefined) figuresOf([{ reading, notes }])
      }),
    )
    const odd = readingIn(
      { length: 1000, total: { reads: '5', hits: null, __proto__: { x: 1 } }, levels: [{}, null] },
      2,
    )!
    expect(figuresOf([{ reading: odd, notes }])).toMatchObject({ readsPerSecond: 0, hitRatio: null })
  })
})

describe('a frame', () => {
  const reading = readingIn(point(100, 80, 5), 2)!
  const figures = figuresOf([{ reading, notes: [{ ...notes[0]!, name: HOSTILE, policy: HOSTILE }, notes[1]!] }])
  const keys = Array.from({ length: 40 }, (_, n) => ({ key: `${HOSTILE}漢字${n}`, count: 1000 - n }))
  const process = { address: 'http://a/', process: HOSTILE, state: 'away' as const, reason: HOSTILE, figures: null }
  const report: Report = {
    at: 0,
    cache: HOSTILE,
    figures,
    processes: [process, { ...process, state: 'watched', reason: null, figures }],
    keys: { hottest: keys, fetched: keys, missed: keys },
  }

  it('fits the terminal, and has nothing in it that others wrote and a terminal obeys', () => {
    fc.assert(
      fc.property(fc.integer({ min: 20, max: 250 }), fc.integer({ min: 5, max: 100 }), (columns, rows) => {
        const style = { columns, rows, colours: coloursFor({ isTTY: true }, {}), isLive: true }
        const lines = frameOf(report, [0.5, null, 0.7, 0.9], style)
        for (const line of lines) {
          const plain = line.replaceAll(PAINTED, '')
          expect(plain).not.toMatch(/[\p{Cc}\p{Cf}]/u)
          if (columns >= 40) expect(widthOf(plain)).toBeLessThanOrEqual(columns)
        }
        if (rows >= 40) expect(lines.length).toBeLessThanOrEqual(rows)
      }),
    )
  })
})

describe('the lines of a frame', () => {
  const style = { columns: 120, rows: 40, colours: coloursFor({ isTTY: false }, {}), isLive: false }
  const linesOf = (total: object): string[] => {
    const figures = figuresOf([{ reading: readingIn({ length: 1000, total, levels: [{}, {}] }, 2)!, notes }])
    const keys = { hottest: [], fetched: [], missed: [] }
    return frameOf({ at: 0, cache: 'shop', figures, processes: [], keys }, [], style)
  }

  it('have one for stale answers and refreshes, and one for a source that is spared', () => {
    const source = { sourceLimit: 8, sourceInFlight: 5, sourceQueued: 1200, shed: 40, retried: 2 }
    const lines = linesOf({ reads: 10, stale: 30, refreshes: 6, ...source })
    expect(lines).toContain('stale answers 30/s   refreshes 6.0/s')
    expect(lines).toContain('source 5 of 8 in flight   queued 1,200   shed 40/s   retried 2.0/s')
  })

  it('have none where there is nothing to tell', () => {
    expect(linesOf({ reads: 10 }).join('\n')).not.toMatch(/stale|refresh|source/)
    expect(linesOf({ reads: 10, refreshes: 2 })).toContain('refreshes 2.0/s')
    const lines = linesOf({ reads: 10, sourceInFlight: 0, sourceQueued: 0, shed: 0, retried: 0 })
    expect(lines).toContain('source 0 in flight   queued 0   shed 0/s')
  })
})

describe('a screen', () => {
  it('leaves the terminal as it was, whatever key ended it', () => {
    const written: string[] = []
    const modes: boolean[] = []
    const listeners = new Map<string, (data: Buffer) => void>()
    const out = { columns: 80, rows: 3, write: (text: string) => written.push(text) > 0, on: vi.fn(), off: vi.fn() }
    const input = {
      setRawMode: (isRaw: boolean) => modes.push(isRaw),
      on: (event: string, listener: (data: Buffer) => void) => listeners.set(event, listener),
      off: (event: string) => listeners.delete(event),
      resume: vi.fn(),
      pause: vi.fn(),
    }
    const quit = vi.fn()
    const screen = new Screen(out as never, input as never, quit, () => undefined)
    screen.open()
    screen.show(['one', 'two', 'three', 'four'])
    expect(written.at(-1)).toBe('\x1b[Hone\x1b[K\r\ntwo\x1b[K\r\nthree\x1b[K\x1b[J')
    for (const key of ['x', 'q', '\x03', '\x1b[A']) listeners.get('data')!(Buffer.from(key))
    expect(quit).toHaveBeenCalledTimes(2)
    screen.close()
    screen.close()
    expect(modes).toEqual([true, false])
    expect(listeners.size).toBe(0)
    expect(written.filter((text) => text.includes('\x1b[?1049l'))).toHaveLength(1)
    expect(written.at(-1)).toContain('\x1b[?25h')
  })
})

describe('terrace top', () => {
  let cache: MultiLevelCache
  let panel: Dashboard
  let server: Server
  let url: string
  let reads: NodeJS.Timeout

  beforeAll(async () => {
    cache = createCache({ name: 'shop', levels: [memory({ maxEntries: 10 }), memory()] })
    await cache.set(HOSTILE, 1)
    // Something to see in every interval.
    reads = setInterval(() => {
      for (let n = 0; n < 20; n++) void cache.get(HOSTILE)
      void cache.getOrFetch(`k${Math.random()}`, () => 1)
    }, 5)
    panel = dashboard(cache, { authorize: ({ headers }) => headers.get('x-key') === 'sesame' })
    server = createServer(panel.node)
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  })

  afterAll(async () => {
    clearInterval(reads)
    panel.close()
    server.closeAllConnections()
    server.close()
    await cache.close()
  })

  it('prints one interval, as a page without colours or as JSON', async () => {
    const page = await terrace('top', url, '--once', '--header', 'X-Key: sesame')
    expect(page).toMatchObject({ code: 0, err: '' })
    expect(page.out).toMatch(/^terrace top {2}shop {2}/)
    expect(page.out).toMatch(/^L1 +wTinyLfu +\d+\.\d % +/m)
    expect(page.out).toContain('evil\\x1b[2J\\x9b31m\\u202ekey')
    expect(page.out.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}]/u)
    const told = await terrace(
      'top',
      url,
      `${url}/`,
      '--once',
      '--json',
      '--header',
      'X-Key: sesame',
      '--cache',
      'shop',
    )
    expect(told).toMatchObject({ code: 0, err: '' })
    const report: Report = JSON.parse(told.out)
    expect(report.processes.map(({ state }) => state)).toEqual(['watched', 'watched'])
    expect(report.figures!.readsPerSecond).toBeGreaterThan(0)
    expect(report.figures!.levels.map(({ name }) => name)).toEqual(['L1', 'L2'])
    expect(report.keys.hottest[0]).toMatchObject({ key: HOSTILE })
  })

  it('goes on until q on a terminal, and leaves that as it was', async () => {
    const child = startOnTerminal('', 'top', url, '--header', 'X-Key: sesame')
    let seen = ''
    child.stdout!.on('data', (chunk) => {
      if (!seen.includes('hottest keys') && String(chunk).includes('hottest keys')) child.stdin!.write('q')
      seen += chunk
    })
    const { code, out } = await outcome(child)
    expect(code).toBe(0)
    expect(out).toContain('\x1b[?1049h')
    expect(out.trimEnd().endsWith('\x1b[?1049l')).toBe(true)
    expect(out).not.toContain(HOSTILE)
    expect(out).toContain('\x1b[32mok')
  })

  it('ends on a terminal, too, where what was asked for is not there', async () => {
    const { code, out } = await outcome(startOnTerminal('', 'top', url, '--header', 'X-Key: sesame', '--cache', 'shpo'))
    expect(code).toBe(2)
    expect(out.split('\x1b[?1049l')[1]).toContain("there is no cache 'shpo'; there are shop")
  })

  it('prints line after line to whoever reads, and ends when nobody does', async () => {
    const child = start('top', url, '--json', '--interval', '500ms', '--header', 'X-Key: sesame')
    let lines = 0
    for await (const chunk of child.stdout!) {
      lines += String(chunk).split('\n').length - 1
      if (lines >= 2) break
    }
    expect(await new Promise((resolve) => child.on('exit', resolve))).toBe(0)
  })

  it('says who cannot be asked, and why', async () => {
    const nobody = await freePort()
    const answers: [string[], number, string][] = [
      [[], 2, "top needs a dashboard's address (http://…)"],
      [['redis://localhost'], 2, "top takes a dashboard's address (http://…), not redis://localhost"],
      [[url, '--once'], 1, 'refused (say who you are with --token or --header)'],
      [[url, '--once', '--header', 'X-Key: sesame', '--cache', 'shpo'], 2, "there is no cache 'shpo'; there are shop"],
      [[`http://127.0.0.1:${nobody}`, '--once'], 1, `cannot reach http://127.0.0.1:${nobody}/: connect ECONNREFUSED`],
    ]
    for (const [args, code, message] of answers) {
      expect(await terrace('top', ...args)).toMatchObject({ code, out: '', err: expect.stringContaining(message) })
    }
  })

  it('does not repeat a token that cannot be sent', async () => {
    for (const token of ['sesa\nme', 'sesa\u2014me']) {
      const { code, out, err } = await outcome(startWith({ TERRACE_TOKEN: token }, 'top', url, '--once'))
      expect({ code, out }).toEqual({ code: 2, out: '' })
      expect(err).toMatch(/^terrace: the token \(--token, TERRACE_TOKEN\) holds .*\n$/)
      expect(err).not.toContain('sesa')
    }
  })
})
