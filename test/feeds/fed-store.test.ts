import { describe, expect, it } from 'vitest'
import { FedStore } from '../../src/coherence/fed-store.ts'
import type { FeedNotice } from '../../src/coherence/feed-notice.ts'
import { noticeIn, noticeText } from '../../src/coherence/feed-notice.ts'
import { keyScope, type Scope } from '../../src/entry/scope.ts'
import type { FeedListener } from '../../src/feeds/feed.ts'
import type { Follower } from '../../src/level.ts'
import type { Store } from '../../src/stores/store.ts'
import { FakeWorld } from '../../src/testing/fake-world.ts'
import { idleFollower } from '../coherence/idle-follower.ts'

const ELSEWHERE = '1'.repeat(16)

/** A process beside a feed whose every text the test speaks, and a store whose keys beginning with `ill` lie where nobody answers. */
function stage(follower: Partial<Follower> = {}, hand: () => Promise<void> = async () => undefined) {
  const world = new FakeWorld()
  const proved: string[] = []
  const published: string[] = []
  const asked: string[][] = []
  let isIll = true
  const store: Store = {
    traits: {
      scans: undefined,
      leases: undefined,
      amends: undefined,
      informs: undefined,
      shares: {
        hearing: 'nothing',
        maxStaleness: 1000,
        provenUntil: Number.POSITIVE_INFINITY,
        checksBirths: true,
        prove: async (key) => {
          proved.push(key)
          return !isIll || (key !== '' && !key.startsWith('ill'))
        },
        eraOf: () => undefined,
        follow: () => undefined,
      },
    },
    read: async (keys) => {
      asked.push([...keys])
      return { eras: keys.map((_, n) => n + 1), entries: keys.map(() => undefined) }
    },
    write: async (entries) => entries.map(() => 'kept'),
    replace: async (entries) => entries.map(() => 'kept'),
    raise: async () => {
      published.push('the store')
      return 1
    },
    close: async () => undefined,
  }
  let listener: FeedListener | undefined
  const feed = {
    publish: async (text: string) => {
      await hand()
      published.push(text)
    },
    subscribe: async (own: FeedListener) => {
      listener = own
    },
    close: async () => undefined,
  }
  const fed = new FedStore(store, feed, { timeout: 250, maxStaleness: 5000 }, world)
  fed.follow(idleFollower(follower))
  const said: Omit<FeedNotice, 'scopes'> = { origin: ELSEWHERE, after: '', salt: 'a', sent: 0, every: 1000 }
  const say = (scopes: readonly Scope[], over: Partial<FeedNotice> = {}) =>
    listener!.message(noticeText({ ...said, scopes, ...over }))
  return {
    world,
    fed,
    proved,
    asked,
    published,
    say,
    interrupt: () => listener!.interrupted(),
    /** What it has published last comes back. */
    echo: () => listener!.message(published.at(-1)!),
    heal: () => (isIll = false),
  }
}

describe('a process beside a feed', () => {
  it('survives a follower that throws, and says so', async () => {
    const { world, say, interrupt } = stage({
      invalidated: () => {
        throw new Error('the follower failed')
      },
      lost: () => {
        throw new Error('the follower failed, too')
      },
    })
    say([keyScope('k')])
    interrupt()
    await world.settle()
    expect(world.failures.map(({ cause }) => (cause as Error).message)).toEqual([
      'the follower failed',
      'the follower failed, too',
    ])
  })

  it('asks the store what was invalidated before it reads what a tag of another process may cover', async () => {
    const { fed, say, proved, heal } = stage()
    heal()
    await fed.read(['a'])
    expect(proved).toEqual([])
    say([{ kind: 'tag', tag: 't' }])
    await fed.read(['a'])
    expect(proved).toEqual(['a', ''])
    await fed.read(['a'])
    expect(proved).toEqual(['a', ''])
  })

  it('answers for the part of the store that can be asked while another cannot', async () => {
    const { fed, say, asked, heal } = stage()
    say([{ kind: 'all' }])
    expect((await fed.read(['ill1', 'a', 'ill2', 'b'])).eras).toEqual([Number.NaN, 1, Number.NaN, 2])
    expect(asked).toEqual([['a', 'b']])
    await expect(fed.read(['ill1'])).rejects.toMatchObject({ code: 'ERR_LEVEL_UNAVAILABLE' })
    heal()
    expect((await fed.read(['ill1', 'a'])).eras).toEqual([1, 2])
  })

  it('gives a sign of life before its first change, so that it is missed if it dies before the notice', async () => {
    const { world, fed, published } = stage()
    await fed.raise([keyScope('k')])
    await fed.raise([keyScope('k')])
    const told = published.map((text) => noticeIn(text)?.scopes.length ?? text)
    expect(told.slice(0, 2)).toEqual([0, 'the store'])
    expect(told.filter((scopes) => scopes !== 0)).toEqual(['the store', 1, 'the store', 1])
    await fed.close()
    expect(world.timers).toBe(0)
  })

  it('waits for that no longer than a quarter of the deadline', async () => {
    const silent = stage({}, () => new Promise(() => undefined))
    const change = silent.fed.raise([keyScope('k')])
    silent.world.advance(62)
    await silent.world.settle()
    expect(silent.published).toEqual([])
    silent.world.advance(1)
    await silent.world.settle()
    expect(silent.published).toEqual(['the store'])
    silent.world.advance(100)
    await change

    const refusing = stage({}, () => Promise.reject(new Error('not connected')))
    await refusing.fed.raise([keyScope('k')])
    expect(refusing.published).toEqual(['the store'])
  })

  it('stands as without a feed while that is not heard and the store answers, and goes back to it', async () => {
    const told: string[] = []
    const { world, fed, echo, heal } = stage({
      hearingChanged: () => told.push(fed.hearing),
      lost: () => told.push('lost'),
    })
    heal()
    const asked = fed.prove('k')
    await world.settle()
    expect({ hearing: fed.hearing, maxStaleness: fed.maxStaleness }).toEqual({ hearing: 'feed', maxStaleness: 5000 })
    world.advance(250)
    expect(await asked).toBe(true)
    expect({ hearing: fed.hearing, maxStaleness: fed.maxStaleness }).toEqual({ hearing: 'nothing', maxStaleness: 1000 })
    expect(fed.provenUntil).toBe(Number.POSITIVE_INFINITY)
    expect(told).toEqual(['nothing', 'lost'])
    echo()
    expect({ hearing: fed.hearing, maxStaleness: fed.maxStaleness }).toEqual({ hearing: 'feed', maxStaleness: 5000 })
    expect(told).toEqual(['nothing', 'lost', 'feed'])
    await fed.close()
  })

  it('has no proof while neither the feed nor the store answers, and nobody waits for it then', async () => {
    const { world, fed, heal } = stage()
    const asked = fed.prove('ill')
    await world.settle()
    world.advance(250)
    expect(await asked).toBe(false)
    expect(fed.hearing).toBe('feed')
    expect(fed.provenUntil).toBeLessThan(world.mono())
    expect(await fed.prove('ill')).toBe(false)
    heal()
    // The pulse asks by itself.
    const end = world.mono() + 2000
    while (world.next(end)) await world.settle()
    expect(fed.hearing).toBe('nothing')
    await fed.close()
  })

  it('says which changes the feed has not taken', async () => {
    const unannounced: (readonly Scope[])[] = []
    let isRefusing = true
    const hand = async () => {
      if (isRefusing) throw new Error('not connected')
    }
    const { world, fed } = stage({ unannounced: (scopes) => unannounced.push(scopes) }, hand)
    await fed.raise([keyScope('a')])
    expect(unannounced).toEqual([[keyScope('a')]])
    isRefusing = false
    world.advance(250)
    await world.settle()
    await fed.raise([keyScope('b')])
    expect(unannounced).toEqual([[keyScope('a')]])
    await fed.close()
  })
})
