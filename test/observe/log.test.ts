import { Writable } from 'node:stream'
import pino from 'pino'
import { describe, expect, it } from 'vitest'
import { createCache, type MultiLevelCache, memory } from '../../src/index.ts'
import { type Logger, type LogOptions, logEvents } from '../../src/observe/log.ts'
import { FakeWorld, faulty } from '../../src/testing/index.ts'

interface Line {
  readonly level: number
  readonly msg: string
  readonly [name: string]: unknown
}

/** A real pino whose lines can be read. */
function logging(level = 'debug'): { logger: Logger; lines: Line[] } {
  const lines: Line[] = []
  const stream = new Writable({
    write(chunk, _, done) {
      lines.push(JSON.parse(String(chunk)) as Line)
      done()
    },
  })
  return { logger: pino({ level }, stream), lines }
}

function setUp(options: LogOptions = {}, level?: string) {
  const world = new FakeWorld()
  const { logger, lines } = logging(level)
  const state = { isDown: false }
  const far = faulty(memory(), (operation) => ({ fault: state.isDown && operation !== 'close' ? 'reject' : 'none' }))
  const cache: MultiLevelCache = createCache({ levels: [memory(), far], world, name: 'shop' })
  const stop = logEvents(cache, logger, { world, ...options })
  return { world, cache, lines, state, stop }
}

describe('logEvents', () => {
  it('writes what goes wrong, with the error, and is silent about the daily round', async () => {
    const { cache, lines, state } = setUp()
    await cache.getOrFetch('k', () => 1)
    await cache.get('k')
    expect(lines).toEqual([])
    state.isDown = true
    await cache.get('other')
    await expect(cache.getOrFetch('bad', () => Promise.reject(new RangeError('no row')))).rejects.toThrow()
    expect(lines[0]).toMatchObject({
      level: 40,
      cache: 'shop',
      event: 'levelFailed',
      cacheLevel: 'L2',
      operation: 'read',
      msg: 'L2 failed: read',
      err: { type: 'Error' },
    })
    expect(lines.at(-1)).toMatchObject({
      level: 50,
      event: 'fetchFailed',
      keys: ['bad'],
      err: { type: 'RangeError', message: 'no row' },
      msg: 'a fetcher failed',
    })
    await cache.close()
    expect(lines.at(-1)).toMatchObject({ level: 30, event: 'closed', msg: 'the cache is closed' })
  })

  it('writes so many lines a second of each type, and how many it left out', async () => {
    const { cache, lines, world, state } = setUp({ perSecond: 3 })
    state.isDown = true
    for (let n = 0; n < 4; n++) await cache.get(`k${n}`)
    await cache.invalidateTags(['t'])
    const failures = () => lines.filter(({ event }) => event === 'levelFailed')
    expect(failures()).toHaveLength(3)
    // Of another type there are lines left.
    expect(lines.filter(({ event }) => event === 'invalidated')).toHaveLength(1)
    world.advance(1000)
    expect(failures().at(-1)).toMatchObject({ left: 2, level: 40, msg: "2 more 'levelFailed' events within a second" })
    world.advance(1000)
    expect(failures()).toHaveLength(4)
    await cache.get('again')
    expect(failures()).toHaveLength(5)
  })

  it('takes other levels for single types', async () => {
    const { cache, lines } = setUp({ levels: { hit: 'info', closed: 'silent' } })
    await cache.set('k', 1)
    await cache.get('k')
    await cache.close()
    expect(lines).toEqual([expect.objectContaining({ level: 30, event: 'hit', key: 'k', cacheLevel: 'L1' })])
  })

  it('makes no lines that the logger would drop', async () => {
    const { cache, lines } = setUp({ keys: () => expect.unreachable() as never }, 'warn')
    await cache.delete('k')
    expect(lines).toEqual([])
  })

  it('shows of keys what it is told to, and no more than fits a line', async () => {
    const { cache, lines } = setUp({ keys: (key) => key.replace(/:.*/, ':…') })
    await cache.deleteMany(Array.from({ length: 30 }, (_, n) => `user:${n}`))
    expect(lines.at(-1)).toMatchObject({ event: 'invalidated', more: 20 })
    expect(lines.at(-1)!.scopes).toEqual(new Array(10).fill({ kind: 'key', key: 'user:…' }))
    const plain = setUp()
    await plain.cache.delete('x'.repeat(100_000))
    await plain.cache.invalidateTags(['y'.repeat(1000)])
    expect(JSON.stringify(plain.lines).length).toBeLessThan(2000)
    await plain.cache.delete('a\nb\u001b[31m')
    expect(plain.lines.at(-1)!.scopes).toEqual([{ kind: 'key', key: 'a\nb\u001b[31m' }])
  })

  it('writes no more when it is stopped', async () => {
    const { cache, lines, stop } = setUp()
    stop()
    await cache.delete('k')
    expect(lines).toEqual([])
  })

  it('says when it is stopped how many lines it has left out, and nothing later', async () => {
    const { cache, lines, world, stop } = setUp({ perSecond: 1 })
    for (let n = 0; n < 3; n++) await cache.delete(`k${n}`)
    stop()
    expect(lines).toHaveLength(2)
    expect(lines.at(-1)).toMatchObject({ event: 'invalidated', left: 2 })
    world.advance(1000)
    expect(lines).toHaveLength(2)
  })

  it('disturbs nobody when the logger throws', async () => {
    const world = new FakeWorld()
    const cache = createCache({ world })
    const fail = (): never => {
      throw new Error('the disk is full')
    }
    logEvents(cache, { debug: fail, info: fail, warn: fail, error: fail }, { world, perSecond: 1 })
    expect((await cache.deleteMany(['a'])).ok).toBe(true)
    expect((await cache.deleteMany(['b'])).ok).toBe(true)
    world.advance(1000)
    await world.settle()
    expect(world.failures).toHaveLength(2)
  })

  it('logs to a console as well', async () => {
    const lines: unknown[] = []
    const note = (object: object, message: string) => void lines.push([message, object])
    const cache = createCache()
    logEvents(cache, { debug: note, info: note, warn: note, error: note })
    await cache.close()
    expect(lines).toEqual([['the cache is closed', { cache: 'cache', event: 'closed' }]])
  })

  it('refuses wrong arguments at once', () => {
    const cache = createCache()
    const { logger } = logging()
    expect(() => logEvents(cache, {} as never)).toThrow('expected a logger with debug, info, warn and error')
    expect(() => logEvents(cache, logger, { perSecond: 0 })).toThrow(
      expect.objectContaining({ code: 'ERR_OPTION_INVALID' }),
    )
    expect(() => logEvents(cache, logger, { level: {} } as never)).toThrow("Did you mean 'levels'?")
    expect(() => logEvents(cache, logger, { levels: { hti: 'info' } as never })).toThrow("Did you mean 'hit'?")
    expect(() => logEvents(cache, logger, { levels: { hit: 'wran' as never } })).toThrow("Did you mean 'warn'?")
  })
})
