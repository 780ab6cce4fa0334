import { describe, expect, it } from 'vitest'
import type { Feed, FeedFactory } from '../../src/feeds/feed.ts'
import { localFeed } from '../../src/feeds/local-feed.ts'
import { createCache, type MultiLevelCache, memory } from '../../src/index.ts'
import { keyv } from '../../src/levels/keyv.ts'
import { ANSWER_MARK, CALL_MARK } from '../../src/stores/meeting.ts'
import { FakeWorld } from '../../src/testing/index.ts'

/** Processes over one storage with a feed, in one world, and what goes over the feed. */
class Town {
  readonly world = new FakeWorld(3)
  readonly calls: { readonly at: number; readonly text: string }[] = []
  readonly answers: { readonly at: number; readonly text: string }[] = []
  /** Milliseconds that a call or an answer is on its way. */
  latency = 0
  readonly #store = new Map()
  readonly #hub = localFeed()
  #feed: Feed | undefined

  /** @param presence what the process is called */
  cache(presence?: string | false): MultiLevelCache<unknown> {
    const feed: FeedFactory = (context) => {
      const own = this.#hub(context)
      this.#feed ??= own
      return { ...own, publish: (text) => this.#carry(own, text) }
    }
    const levels = [memory({ maxEntries: 10 }), keyv(this.#store, { feed, maxStaleness: '60s' })]
    return createCache({ world: this.world, levels, presence })
  }

  /** What anybody may publish. */
  async publish(text: string): Promise<void> {
    await this.#feed!.publish(text)
    await this.world.settle()
  }

  async pass(ms: number, until = () => false): Promise<void> {
    await this.world.settle()
    for (let passed = 0; passed < ms && !until(); passed += 20) {
      this.world.advance(20)
      await this.world.settle()
    }
  }

  async #carry(feed: Feed, text: string): Promise<void> {
    const at = this.world.mono()
    if (text.startsWith(CALL_MARK)) this.calls.push({ at, text: text.slice(CALL_MARK.length) })
    else if (text.startsWith(ANSWER_MARK)) this.answers.push({ at, text: text.slice(ANSWER_MARK.length) })
    else return feed.publish(text)
    if (this.latency > 0) await new Promise<void>((resolve) => this.world.after(this.latency, resolve))
    return feed.publish(text)
  }
}

describe('a watch over the fleet', () => {
  it('finds all that share a level, itself first, with what they tell', async () => {
    const town = new Town()
    const [own, other] = [town.cache('app-1'), town.cache('app-2')]
    await town.pass(100)
    town.latency = 20
    const watch = own!.watchFleet()
    await town.pass(3000)
    for (let n = 0; n < 300; n++) {
      await other!.getOrFetch(`k${n % 5}`, () => n)
      await town.pass(20)
    }
    await town.pass(3000)
    expect(watch.levels).toEqual(['L2'])
    expect(watch.isHeard).toBe(true)
    expect(watch.isCrowded).toBe(false)
    const nodes = watch.nodes()
    expect(nodes.map(({ process, isThis, isGone, cache }) => [process, isThis, isGone, cache])).toEqual([
      ['app-1', true, false, 'cache'],
      ['app-2', false, false, 'cache'],
    ])
    const [, far] = nodes
    // Of 300 reads 5 were fetched. A call and an answer take 20 ms each.
    expect(far!.hitRatio).toBeCloseTo(other!.stats().hitRatio, 3)
    expect(far!.lag).toBeGreaterThanOrEqual(35)
    expect(far!.lag).toBeLessThanOrEqual(80)
    expect(far!.levels.map(({ name, breaker, hearing, pending }) => [name, breaker, hearing, pending])).toEqual([
      ['L1', 'closed', undefined, 0],
      ['L2', 'closed', 'feed', 0],
    ])
    expect(far!.version).toMatch(/^\d+\.\d+\.\d+/)
    watch.close()
    await Promise.all([own!.close(), other!.close()])
  })

  it('is told how many reads a second there were between two answers', async () => {
    const town = new Town()
    const [own, other] = [town.cache('app-1'), town.cache('app-2')]
    const watch = own!.watchFleet()
    await town.pass(500)
    for (let n = 0; n < 500; n++) {
      await other!.get('k')
      await town.pass(20)
    }
    const rate = watch.nodes()[1]!.readsPerSecond!
    expect(rate).toBeGreaterThan(45)
    expect(rate).toBeLessThan(55)
    watch.close()
    await Promise.all([own!.close(), other!.close()])
  })

  it('costs nothing while nobody watches, and ends soon after the last one has', async () => {
    const town = new Town()
    const caches = [1, 2, 3].map(() => town.cache())
    await town.pass(60_000)
    expect([...town.calls, ...town.answers]).toEqual([])
    const timers = town.world.timers
    const watch = caches[0]!.watchFleet()
    await town.pass(10_000)
    expect(town.calls.length).toBeGreaterThanOrEqual(2)
    watch.close()
    // A call is good for 15 seconds.
    await town.pass(20_000)
    const { length } = town.answers
    await town.pass(60_000)
    expect(town.answers).toHaveLength(length)
    expect(town.world.timers).toBe(timers)
    await Promise.all(caches.map((cache) => cache.close()))
    expect(town.world.timers).toBe(0)
    expect(town.world.failures).toEqual([])
  })

  it('shows as gone who does not answer any more, and forgets him a minute later', async () => {
    const town = new Town()
    const [own, other] = [town.cache('app-1'), town.cache('app-2')]
    const watch = own!.watchFleet()
    await town.pass(5000)
    await other!.close()
    await town.pass(10_000)
    expect(watch.nodes().map(({ process, isGone }) => [process, isGone])).toEqual([
      ['app-1', false],
      ['app-2', true],
    ])
    expect(watch.nodes()[1]!.silence).toBeGreaterThan(5000)
    await town.pass(65_000)
    expect(watch.nodes().map(({ process }) => process)).toEqual(['app-1'])
    await own!.close()
  })

  it('says that it hears nobody, where the feed is silent', async () => {
    const town = new Town()
    const own = town.cache()
    const watch = own.watchFleet()
    await town.pass(3000)
    expect(watch.isHeard).toBe(true)
    town.latency = 1e9
    await town.pass(20_000)
    expect(watch.isHeard).toBe(false)
    await own.close()
  })

  it('finds nobody who does not want to be found, nor where there is no feed', async () => {
    const town = new Town()
    const [own, hidden] = [town.cache('app-1'), town.cache(false)]
    const watch = own!.watchFleet()
    await town.pass(5000)
    expect(watch.nodes().map(({ process }) => process)).toEqual(['app-1'])
    const alone = createCache({ world: town.world })
    const nobody = alone.watchFleet()
    await town.pass(5000)
    expect([nobody.levels, nobody.nodes(), nobody.isHeard]).toEqual([[], [], false])
    await Promise.all([own!.close(), hidden!.close(), alone.close()])
    expect(() => alone.watchFleet()).toThrow('the cache is closed')
  })

  it('answers many watchers no more often than one', async () => {
    const town = new Town()
    const caches = Array.from({ length: 4 }, () => town.cache())
    const watches = caches.map((cache) => cache.watchFleet())
    await town.pass(60_000)
    expect(watches.every((watch) => watch.nodes().length === 4)).toBe(true)
    // Four that answer every 1.6 to 2.4 seconds.
    expect(town.answers.length).toBeGreaterThan(4 * 25)
    expect(town.answers.length).toBeLessThan(4 * 40)
    await Promise.all(caches.map((cache) => cache.close()))
  })
})

describe('what anybody may publish', () => {
  const id = 'f'.repeat(16)
  const answer = (change: object) =>
    JSON.stringify({ v: 1, i: id, c: 'c', p: 'evil', r: '9', u: 1, s: 1, h: 1, e: 2000, o: [], l: [], ...change })

  it.each([
    ['no JSON', '{'],
    ['another version', answer({ v: 2 })],
    ['no object', 'null'],
    ['an id that is none', answer({ i: '__proto__' })],
    ['a name that is no text', answer({ p: { toString: 1 } })],
    ['a name that is too long', answer({ p: 'x'.repeat(101) })],
    ['numbers that are none', answer({ u: 'NaN' })],
    ['a hit ratio beyond 1', answer({ h: 7 })],
    ['silence for ever', answer({ e: 1e12 })],
    ['too many levels', answer({ l: Array.from({ length: 11 }, () => ['L', 0, null, 0, 0, 0, 0]) })],
    ['levels that are none', answer({ l: [['L', 0, null, 0, 'constructor', 0, 0]] })],
    ['too many echoes', answer({ o: Array.from({ length: 5 }, () => [id, 1, 1]) })],
    ['far too much', answer({ x: 'x'.repeat(10_000) })],
  ])('is no process: %s', async (_, text) => {
    const town = new Town()
    const own = town.cache('app-1')
    const watch = own.watchFleet()
    await town.pass(3000)
    await town.publish(ANSWER_MARK + text)
    expect(watch.nodes().map(({ process }) => process)).toEqual(['app-1'])
    expect(town.world.failures).toEqual([])
    await own.close()
  })

  it('is listed as it is, where it is well formed, up to 500 at a time; and nothing else changes', async () => {
    const town = new Town()
    const [own, other] = [town.cache('app-1'), town.cache('app-2')]
    const watch = own!.watchFleet()
    await town.pass(3000)
    await own!.set('k', 1)
    for (let n = 0; n < 2000; n++) {
      await town.publish(ANSWER_MARK + answer({ i: n.toString(16).padStart(16, '0'), p: '<img src=x>' }))
      if (n % 400 === 0) await town.pass(1000)
    }
    expect(watch.isCrowded).toBe(true)
    expect(watch.nodes()).toHaveLength(500)
    expect(watch.nodes()[0]).toMatchObject({ process: 'app-1', isThis: true })
    await other!.set('k', 2)
    await town.pass(100)
    expect(await own!.get('k')).toBe(2)
    // They are gone as soon as they do not answer.
    await town.pass(80_000)
    expect(watch.nodes().map(({ process }) => process)).toEqual(['app-1', 'app-2'])
    await Promise.all([own!.close(), other!.close()])
  })

  it('makes nobody answer more often than once a second, or longer than a minute', async () => {
    const town = new Town()
    const own = town.cache()
    await town.pass(1000)
    for (let n = 0; n < 1000; n++) {
      const caller = n.toString(16).padStart(16, '0')
      await town.publish(CALL_MARK + JSON.stringify({ v: 1, c: caller, n, e: 0.001, l: 1e15 }))
      await town.pass(20)
    }
    const gaps = town.answers.map(({ at }, n) => (n === 0 ? 1000 : at - town.answers[n - 1]!.at))
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(800)
    expect(town.answers.length).toBeLessThan(26)
    await town.pass(62_000)
    const { length } = town.answers
    await town.pass(30_000)
    expect(town.answers).toHaveLength(length)
    await own.close()
  })

  it.each(['', '{}', '[]', '{"v":1,"c":"x"}', `{"v":1,"c":"${id}","n":1e99,"e":1,"l":1}`, 'x'.repeat(5000)])(
    'calls nobody: %.30s',
    async (text) => {
      const town = new Town()
      const own = town.cache()
      await town.pass(1000)
      await town.publish(CALL_MARK + text)
      await town.pass(10_000)
      expect(town.answers).toEqual([])
      expect(town.world.failures).toEqual([])
      await own.close()
    },
  )
})
