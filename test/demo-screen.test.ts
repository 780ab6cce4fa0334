import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Screen } from '../demo/screen.ts'
import type { Frame } from '../demo/summary.ts'
import { DrawnTerminal } from './drawn-terminal.ts'

const ABOVE = 'Dashboard   http://127.0.0.1:7070/\nPlayground  http://127.0.0.1:7070/playground/\n\n'

type Level = Frame['levels'][number]

const SHARED = { hearing: 'feed', proven: true, breaker: 'closed', failures: 0, pending: 0 } as const

function level(name: string, hits: number, more: Partial<Level> = {}): Level {
  const own = { hearing: undefined, proven: undefined }
  return { name, hits, entries: 1000, evictions: hits, sharePercent: 50, ...SHARED, ...own, ...more }
}

/** What the demo shows after some seconds; its figures grow by a digit now and then. */
function frameAt(elapsed: number, servers = false): Frame {
  const hits = 7 ** elapsed
  const phase = { requests: hits, requestsPerSecond: hits, p50Ms: 0.0312, p99Ms: 198.2 }
  const silent = { breaker: 'open', failures: 1234, proven: false, hearing: 'pulse', entries: undefined } as const
  return {
    elapsed,
    seconds: 30,
    traffic: 'generated: Zipf, crawlers, bursts, price changes',
    products: 20_000,
    withoutCache: { ...phase, p50Ms: 32.7 },
    withCache: { ...phase, requests: elapsed < 2 ? 0 : hits },
    levels: [
      level('L1 memory', hits),
      ...(servers
        ? [
            level('L2 memcached', hits, { ...SHARED, hearing: 'nothing' }),
            level('L3 redis', 9, { ...SHARED, ...silent }),
          ]
        : [level('L2 disk', 9, { ...SHARED, hearing: 'pulse', entries: undefined, evictions: undefined })]),
    ],
    fetches: hits,
    databaseQueries: hits,
    priceChanges: elapsed,
    staleViews: 0,
    correct: true,
  }
}

function times(lines: readonly string[], beginning: string): number {
  return lines.filter((line) => line.startsWith(beginning)).length
}

/** What is on the screen whatever its size, each once. */
const ALWAYS = ['requests/s', '99 ', 'L1 memory', 'database', 'views of an old price 0']

describe('the table of the demo', () => {
  it('is redrawn in place on a terminal of any size', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 40, max: 200 }),
        fc.integer({ min: 10, max: 50 }),
        fc.boolean(),
        (columns, rows, servers) => {
          const terminal = new DrawnTerminal(columns, rows)
          terminal.write('$ npm start\n')
          const screen = new Screen(terminal, ABOVE)
          for (let elapsed = 1; elapsed <= 9; elapsed++) screen.show(frameAt(elapsed, servers))
          expect(terminal.screen.join('\n')).toContain('9 s of 30 s')
          terminal.write('\nthe end')
          expect(terminal.hasWrapped).toBe(false)
          for (const line of ALWAYS) expect([line, times(terminal.everything, line)]).toEqual([line, 1])
          expect(terminal.everything[0]).toBe('$ npm start')
        },
      ),
    )
  })

  it('stands once on the screen after each change of its size, whatever the terminal has made of it', () => {
    const size = fc.tuple(fc.integer({ min: 40, max: 120 }), fc.integer({ min: 10, max: 40 }))
    fc.assert(
      fc.property(fc.array(size, { minLength: 2, maxLength: 6 }), fc.boolean(), (sizes, reflows) => {
        const terminal = new DrawnTerminal(...sizes[0]!)
        terminal.write(ABOVE)
        const screen = new Screen(terminal, ABOVE)
        screen.show(frameAt(3))
        for (const [columns, rows] of sizes) {
          terminal.resize(columns, rows, reflows)
          for (const elapsed of [4, 5, 6]) {
            screen.show(frameAt(elapsed))
            for (const line of ALWAYS) expect([line, times(terminal.screen, line)]).toEqual([line, 1])
            if (rows >= 24) expect(terminal.screen.join('\n')).toContain(columns < 45 ? 'Dashboard' : ABOVE.trim())
          }
        }
      }),
    )
  })

  it('has all there is to show where there is room, and leaves out the least where there is none', () => {
    const shown = (columns: number, rows: number, servers: boolean): string[] => {
      const terminal = new DrawnTerminal(columns, rows)
      new Screen(terminal, '').show(frameAt(5, servers))
      return terminal.screen.slice(0, -1)
    }
    const wide = shown(140, 40, true).join('\n')
    for (const text of [
      '20,000 products, a database that takes 4 to 12 ms, 64 visitors',
      'half wait at most',
      'evictions',
      '██████████',
      'nothing: short lives',
      'pulse, not heard now',
      'does not answer, is asked now and then',
    ]) {
      expect(wide).toContain(text)
    }
    expect(shown(80, 24, false)).toHaveLength(17)
    expect(shown(40, 10, true)).toEqual([
      'generated: Zipf, crawlers…   5 s of 30 s',
      '            without cache  with Terrace',
      'requests/s         16,807        16,807',
      '99 % wait          198 ms        198 ms',
      'L1 memory       16,807  33.3 %    1,000',
      'L2 memcached    16,807  33.3 %    1,000',
      'L3 redis             9   0.0 %        –',
      'database        16,807  33.3 %',
      'views of an old price 0',
    ])
  })

  it("passes no trace's name to the terminal as it is", () => {
    const terminal = new DrawnTerminal(80, 24)
    new Screen(terminal, '').show({ ...frameAt(5), traffic: 'trace a\x1b[2J\u202e' })
    expect(terminal.screen[1]).toContain('trace a\\x1b[2J\\u202e')
  })
})
