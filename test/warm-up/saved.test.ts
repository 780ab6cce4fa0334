import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough, Readable, Writable } from 'node:stream'
import { pathToFileURL } from 'node:url'
import fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import { encrypted, json } from '../../src/codecs/index.ts'
import { createCache, found, fromAsync, type LevelFactory, memory, notFound, type Shares } from '../../src/index.ts'
import type { PolicyName } from '../../src/policies/index.ts'
import { FakeWorld } from '../../src/testing/fake-world.ts'

const folder = mkdtempSync(join(tmpdir(), 'terrace-saved-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

let files = 0
const newPath = (): string => join(folder, `level-1-${files++}`)

const nothing = { warmed: 0, present: 0, missing: 0, failed: 0, refused: 0, left: 0 }
const whole = { ...nothing, found: true, complete: true, damaged: 0 }

function make(options: { world?: FakeWorld; policy?: PolicyName; maxEntries?: number } = {}) {
  const { world = new FakeWorld(), policy = 'lru', maxEntries = 1000 } = options
  return createCache<unknown>({ levels: [memory({ maxEntries, policy })], world })
}

const listed = (cache: { stats(options: object): { levels: readonly { keys?: readonly string[] | undefined }[] } }) =>
  cache.stats({ keys: 10_000 }).levels[0]!.keys!

/** The bytes of a saved cache. */
async function bytesOf(cache: ReturnType<typeof make>, options = {}): Promise<Buffer> {
  const chunks: Buffer[] = []
  const stream = new PassThrough()
  stream.on('data', (chunk: Buffer) => chunks.push(chunk))
  await cache.save(stream, options)
  return Buffer.concat(chunks)
}

const streamOf = (bytes: Uint8Array, size = 1000): Readable => {
  const chunks: Uint8Array[] = []
  for (let at = 0; at < bytes.length; at += size) chunks.push(bytes.subarray(at, at + size))
  return Readable.from(chunks)
}

/** A fresh cache in the world of another process: its clocks begin anew, wall time goes on. */
function later(before: FakeWorld, ms: number): FakeWorld {
  const world = new FakeWorld(2)
  world.jumpWall(before.wall() + ms - world.wall())
  world.advance(0)
  return world
}

function shared(make: LevelFactory): LevelFactory {
  const shares: Shares = {
    hearing: 'nothing',
    maxStaleness: 60_000,
    provenUntil: Number.POSITIVE_INFINITY,
    checksBirths: true,
    prove: async () => true,
    eraOf: () => undefined,
    follow: () => undefined,
  }
  return (context) => {
    const level = make(context)
    Object.assign(level.traits, { shares })
    return level
  }
}

describe('save and restore', () => {
  it('bring back values of all kinds, with what is known of them, in the same order', async () => {
    const world = new FakeWorld()
    world.advance(123_456)
    const old = make({ world })
    const values = {
      date: new Date(5),
      map: new Map([['a', { b: [1, null, undefined] }]]),
      zero: 0,
      none: null,
      text: '',
    }
    for (const [key, value] of Object.entries(values)) await old.set(key, value)
    await old.set('tagged', 1, { tags: ['t', 'ü'], version: 7 })
    await old.set('short', 1, { ttl: 10_000 })
    await old.set('half \ud800', Number.NaN)
    await old.getOrFetch('nothing', () => notFound({ ttl: 60_000 }))
    await old.getOrFetch('kept', () => found('fresh', { ttl: 60_000, etag: '"1"' }), { staleFor: 100_000 })
    await old.get('date')
    const path = newPath()
    const before = listed(old)
    expect(await old.save(path)).toEqual({ saved: 10, skipped: 0, values: true })
    expect(statSync(path).mode & 0o777).toBe(0o600)
    const world2 = later(world, 4000)
    const fresh = make({ world: world2 })
    expect(await fresh.restore(path)).toEqual({ ...whole, warmed: 10, savedAt: world.wall() })
    expect(listed(fresh)).toEqual(before)
    for (const [key, value] of Object.entries(values)) expect(fresh.peek(key)).toEqual(value)
    expect(fresh.peek('half \ud800')).toBe(Number.NaN)
    expect(await fresh.ttl('short')).toBe(6000)
    expect(await fresh.ttl('kept')).toBe(56_000)
    expect((await fresh.getOrFetch('nothing', () => 'asked')).found).toBe(false)
    await fresh.set('tagged', 2, { version: 6 })
    expect(fresh.peek('tagged')).toBe(1)
    await fresh.invalidateTags(['ü'])
    expect(fresh.peek('tagged')).toBeUndefined()
    world2.advance(57_000)
    const stale: unknown[] = []
    const asked = await fresh.getOrFetch('kept', (_, context) => {
      stale.push(context.stale?.value, context.stale?.etag)
      return context.notModified()
    })
    expect([asked.data, ...stale]).toEqual(['fresh', 'fresh', '"1"'])
  })

  it('leave out what has ended meanwhile', async () => {
    const world = new FakeWorld()
    const old = make({ world })
    await old.set('a', 1, { ttl: 1000 })
    await old.set('b', 2, { ttl: 5000 })
    const bytes = await bytesOf(old)
    const fresh = make({ world: later(world, 1000) })
    expect(await fresh.restore(streamOf(bytes))).toMatchObject({ warmed: 1, refused: 1 })
    expect([fresh.peek('a'), fresh.peek('b')]).toEqual([undefined, 2])
  })

  it('take no time for what nobody knows, where the clock was set back', async () => {
    const world = new FakeWorld()
    const old = make({ world })
    await old.set('timed', 1, { ttl: 1000 })
    await old.set('for ever', 2)
    const bytes = await bytesOf(old)
    const slightly = make({ world: later(world, -50) })
    await slightly.restore(streamOf(bytes))
    expect(await slightly.ttl('timed')).toBe(1000)
    const far = make({ world: later(world, -3_600_000) })
    expect(await far.restore(streamOf(bytes))).toMatchObject({ warmed: 1, refused: 1 })
    expect(far.peek('for ever')).toBe(2)
  })

  it('use a file once, unless it is to be kept', async () => {
    const old = make()
    await old.set('k', 1)
    const path = newPath()
    await old.save(pathToFileURL(path))
    expect(await make().restore(path, { keep: true })).toMatchObject({ warmed: 1 })
    expect(await make().restore(path)).toMatchObject({ warmed: 1 })
    expect(await make().restore(path)).toEqual({ ...whole, found: false, complete: false, savedAt: undefined })
    expect(readdirSync(folder)).toEqual([])
  })

  it('take the place of an older file at once, and leave nothing beside it', async () => {
    const path = newPath()
    const old = make()
    await old.set('k', 1)
    await old.save(path)
    await old.set('k', 2)
    await old.save(path)
    expect(readdirSync(folder)).toEqual([path.slice(folder.length + 1)])
    const fresh = make()
    await fresh.restore(path)
    expect(fresh.peek('k')).toBe(2)
  })

  it('leave what level 1 has by then, and what was invalidated there', async () => {
    const old = make()
    for (const key of ['a', 'b', 'c']) await old.set(key, 'old')
    const bytes = await bytesOf(old)
    const fresh = make()
    await fresh.put('a', 'own')
    await fresh.delete('b')
    expect(await fresh.restore(streamOf(bytes))).toMatchObject({ warmed: 1, present: 1, refused: 1 })
    expect(['a', 'b', 'c'].map((key) => fresh.peek(key))).toEqual(['own', undefined, 'old'])
  })

  it('do not bring back what is invalidated while it is saved', async () => {
    for (const way of ['file', 'stream']) {
      const old = make({ maxEntries: 10_000 })
      for (let n = 0; n < 3000; n++) await old.set(`k${n}`, 'x'.repeat(500), { tags: [`t${n}`] })
      await old.set('p:1', 1)
      const chunks: Buffer[] = []
      let acted = false
      const stream = new Writable({
        write(chunk, _, done) {
          chunks.push(chunk)
          if (acted) return done()
          acted = true
          const acts = [
            old.delete('k0'),
            old.set('k1', 'new'),
            old.invalidateTags(['t2']),
            old.clearPrefix('p:'),
            old.expire('k4', 0),
            old.expire('k5', 5),
          ]
          Promise.all(acts).then(() => done(), done)
        },
      })
      await old.save(stream)
      const bytes = Buffer.concat(chunks)
      const path = newPath()
      writeFileSync(path, bytes)
      const fresh = make({ maxEntries: 10_000 })
      await fresh.restore(way === 'file' ? path : streamOf(bytes, 100_000))
      const gone = ['k0', 'k1', 'k2', 'p:1', 'k4', 'k5']
      expect(gone.map((key) => fresh.peek(key))).toEqual(gone.map(() => undefined))
      expect(listed(fresh).length).toBe(3001 - gone.length)
      expect(fresh.peek('k3')).toBe('x'.repeat(500))
    }
  })

  it('do not bring back what a call that was under way has invalidated', async () => {
    const world = new FakeWorld()
    const gate = Promise.withResolvers<void>()
    const map = new Map<string, never>()
    const slow = { get: (key: string) => map.get(key), set: () => undefined, delete: () => gate.promise }
    const old = createCache<unknown>({ levels: [memory(), fromAsync(slow)], world })
    await old.put('k', 'old')
    const deleting = old.delete('k')
    const bytes = bytesOf(old)
    await world.settle()
    gate.resolve()
    await deleting
    const fresh = make()
    await fresh.restore(streamOf(await bytes))
    expect(fresh.peek('k')).toBeUndefined()
  })

  it('skip values that would not come back, and count them', async () => {
    const old = make()
    await old.set('function', () => 1)
    await old.set('k', 1)
    const path = newPath()
    expect(await old.save(path)).toEqual({ saved: 1, skipped: 1, values: true })
    expect(await make().restore(path)).toMatchObject({ warmed: 1, damaged: 0 })
  })

  it('can encrypt', async () => {
    const old = make()
    await old.set('k', { text: 'meet me at the mill' })
    const codec = encrypted(json(), { keys: { a: Buffer.alloc(32, 7) }, current: 'a' } as never)
    const bytes = await bytesOf(old, { codec })
    expect(bytes.includes('mill')).toBe(false)
    const fresh = make()
    expect(await fresh.restore(streamOf(bytes), { codec })).toMatchObject({ warmed: 1 })
    expect(fresh.peek('k')).toEqual({ text: 'meet me at the mill' })
    expect(await make().restore(streamOf(bytes))).toMatchObject({ warmed: 0, damaged: 1 })
  })

  it('take the hottest where there is room for fewer', async () => {
    const old = make({ maxEntries: 100 })
    for (let n = 0; n < 100; n++) await old.set(`k${n}`, n)
    const bytes = await bytesOf(old)
    const fresh = make({ maxEntries: 10 })
    expect(await fresh.restore(streamOf(bytes))).toMatchObject({ warmed: 10, left: 90 })
    expect(listed(fresh)).toEqual(Array.from({ length: 10 }, (_, n) => `k${90 + n}`))
  })
})

describe('in front of a shared level', () => {
  it('only keys are saved, and values read where others may have changed them', async () => {
    const world = new FakeWorld()
    const map = new Map<string, never>()
    const build = () => createCache<unknown>({ levels: [memory(), shared(fromAsync(map))], world })
    const old = build()
    await old.setMany([
      ['a', 'secret'],
      ['b', 1],
      ['c', 2],
    ])
    await old.put('d', 'only in level 1')
    const bytes = await bytesOf(old)
    expect(bytes.includes('secret')).toBe(false)
    await build().set('a', 'new')
    await build().delete('b')
    const fresh = build()
    const fetchMany = (keys: readonly string[]) => keys.map((key) => `fetched ${key}`)
    expect(await fresh.restore(streamOf(bytes))).toMatchObject({ warmed: 2, missing: 2, complete: true })
    expect(fresh.peek('a')).toBe('new')
    expect(await fresh.restore(streamOf(bytes), { fetchMany })).toMatchObject({ warmed: 2, present: 2 })
    expect(fresh.peek('b')).toBe('fetched b')
  })

  it('values of another cache are not taken, only their keys', async () => {
    const world = new FakeWorld()
    const old = make({ world })
    await old.set('a', 'old')
    await old.set('b', 'old')
    const bytes = await bytesOf(old)
    const map = new Map<string, never>()
    const fresh = createCache<unknown>({ levels: [memory(), shared(fromAsync(map))], world })
    await createCache<unknown>({ levels: [fromAsync(map)], world }).set('a', 'true')
    expect(await fresh.restore(streamOf(bytes))).toMatchObject({ warmed: 1, missing: 1 })
    expect([fresh.peek('a'), fresh.peek('b')]).toEqual(['true', undefined])
  })
})

describe('bytes that anybody may have written', () => {
  it('are restored as far as they are whole, wherever one is damaged or missing', async () => {
    const old = make()
    const values = new Map<string, string>()
    for (let n = 0; n < 40; n++) values.set(`k${n}`, `value ${n} `.repeat(n))
    await old.setMany(values)
    const bytes = await bytesOf(old)
    await fc.assert(
      fc.asyncProperty(
        fc.nat(bytes.length - 1),
        fc.integer({ min: 1, max: 255 }),
        fc.boolean(),
        fc.integer({ min: 1, max: 5000 }),
        async (at, flip, cuts, size) => {
          const damaged = Buffer.from(cuts ? bytes.subarray(0, at) : bytes)
          if (!cuts) damaged[at]! ^= flip
          const fresh = make()
          const report = await fresh.restore(streamOf(damaged, size))
          let held = 0
          for (const key of listed(fresh)) {
            expect(fresh.peek(key)).toBe(values.get(key))
            held++
          }
          expect(held).toBe(report.warmed)
          expect(report.complete).toBe(false)
          // One flip costs one record at the most, unless it hits what all is read by.
          if (!cuts && at > 100) expect(report.warmed).toBeGreaterThanOrEqual(39)
          if (!cuts && report.found) expect(report.damaged).toBeGreaterThan(0)
        },
      ),
      { numRuns: 300 },
    )
  })

  it('do no harm, whatever they are', async () => {
    const old = make()
    for (let n = 0; n < 10; n++) await old.set(`k${n}`, { n })
    const bytes = await bytesOf(old)
    const edit = fc.record({ at: fc.nat(bytes.length), cut: fc.nat(200), insert: fc.uint8Array({ maxLength: 60 }) })
    await fc.assert(
      fc.asyncProperty(fc.array(edit, { maxLength: 6 }), async (edits) => {
        let spoilt: Buffer = bytes
        for (const { at, cut, insert } of edits) {
          spoilt = Buffer.concat([spoilt.subarray(0, at), insert, spoilt.subarray(at + cut)])
        }
        const fresh = make()
        await fresh.restore(streamOf(spoilt))
        for (const key of listed(fresh)) expect(fresh.peek(key)).toEqual({ n: Number(key.slice(1)) })
      }),
      { numRuns: 200 },
    )
    const rubbish = fc.uint8Array({ maxLength: 300 })
    await fc.assert(
      fc.asyncProperty(rubbish, async (some) => {
        expect(await make().restore(streamOf(some))).toMatchObject({ ...nothing, found: false })
      }),
    )
  })

  it('are never taken for a record because a value looks like one', async () => {
    const old = make()
    await old.set('evil', 'stolen')
    const forged = await bytesOf(old)
    const fresh = make()
    await fresh.set('innocent', forged.toString('latin1'))
    const bytes = await bytesOf(fresh)
    // Damage the head of the record that holds it: reading begins anew within the value.
    const at = bytes.indexOf('innocent')
    for (let n = 1; n < 100; n++) bytes[at - n]! ^= 0xff
    const last = make()
    await last.restore(streamOf(bytes))
    expect(last.peek('evil')).toBeUndefined()
  })
})

describe('files and streams that fail', () => {
  it('reject with ERR_FILE, and nothing is left behind', async () => {
    const cache = make()
    await cache.set('k', 1)
    const missing = join(folder, 'no folder', 'file')
    await expect(cache.save(missing)).rejects.toMatchObject({ code: 'ERR_FILE', cause: { code: 'ENOENT' } })
    await expect(cache.save(folder)).rejects.toMatchObject({ code: 'ERR_FILE' })
    await expect(cache.restore(folder, { keep: true })).rejects.toMatchObject({ code: 'ERR_FILE' })
    const failing = new Writable({ write: (_, __, done) => done(new Error('full')) })
    await expect(cache.save(failing)).rejects.toMatchObject({ code: 'ERR_FILE', cause: { message: 'full' } })
    const broken = new Readable({
      read() {
        this.destroy(new Error('torn'))
      },
    })
    await expect(cache.restore(broken)).rejects.toMatchObject({ code: 'ERR_FILE', cause: { message: 'torn' } })
    expect(readdirSync(folder).filter((name) => name.includes('tmp'))).toEqual([])
  })

  it('must be what they are to be', async () => {
    const cache = make()
    for (const wrong of [
      undefined,
      null,
      1,
      '',
      {},
      { write: () => true, end: () => undefined },
      new URL('http://x/'),
    ]) {
      await expect(cache.save(wrong as never)).rejects.toMatchObject({ code: 'ERR_ARGUMENT_INVALID' })
      await expect(cache.restore(wrong as never)).rejects.toMatchObject({ code: 'ERR_ARGUMENT_INVALID' })
    }
    await expect(cache.restore(Readable.from(['text']))).rejects.toMatchObject({ code: 'ERR_ARGUMENT_INVALID' })
    await expect(cache.restore('x', { kep: true } as never)).rejects.toMatchObject({ code: 'ERR_OPTION_UNKNOWN' })
    await expect(cache.restore('x', { codec: 1 } as never)).rejects.toMatchObject({ code: 'ERR_OPTION_INVALID' })
    // Without an id nobody could say later what the values were sealed with.
    const { id: _, ...nameless } = json()
    for (const codec of [nameless, { ...json(), id: 256 }]) {
      await expect(cache.save(newPath(), { codec } as never)).rejects.toMatchObject({ code: 'ERR_OPTION_INVALID' })
    }
    await expect(cache.restore('x', 1 as never)).rejects.toMatchObject({ code: 'ERR_OPTION_INVALID' })
    await expect(cache.save('x', { codek: 1 } as never)).rejects.toMatchObject({ code: 'ERR_OPTION_UNKNOWN' })
    const far = createCache({ levels: [fromAsync(new Map())], world: new FakeWorld() })
    await expect(far.save(newPath())).rejects.toMatchObject({ code: 'ERR_UNSUPPORTED' })
    await cache.close()
    await expect(cache.save('x')).rejects.toMatchObject({ code: 'ERR_CLOSED' })
    await expect(cache.restore('x')).rejects.toMatchObject({ code: 'ERR_CLOSED' })
  })

  it('are waited for when the cache is closed', async () => {
    const cache = make()
    for (let n = 0; n < 500; n++) await cache.set(`k${n}`, n)
    const path = newPath()
    const saving = cache.save(path)
    await cache.close()
    expect(await saving).toMatchObject({ saved: 500 })
    expect(readFileSync(path).length).toBeGreaterThan(500)
  })
})

describe('the order of a policy', () => {
  const policies: PolicyName[] = ['lru', 'fifo', 'lfu', 'sieve', 's3Fifo', 'wTinyLfu']

  it.each(policies)('%s evicts nearly the same after a restart', async (policy) => {
    const world = new FakeWorld(7)
    const old = make({ world, policy, maxEntries: 200 })
    const dice = new FakeWorld(3)
    // Some keys are asked for much more often than others.
    const ask = async (cache: ReturnType<typeof make>, count: number) => {
      for (let n = 0; n < count; n++) await cache.getOrFetch(`k${Math.floor(dice.random() ** 3 * 1000)}`, () => 1)
    }
    await ask(old, 5000)
    const path = newPath()
    await old.save(path, {})
    const fresh = make({ world: later(world, 10), policy, maxEntries: 200 })
    expect(await fresh.restore(path)).toMatchObject({ warmed: 200 })
    if (policy === 'lru' || policy === 'fifo') expect(listed(fresh)).toEqual(listed(old))
    expect([...listed(fresh)].sort()).toEqual([...listed(old)].sort())
    // The same newcomers come to both: who stays?
    for (const cache of [old, fresh]) for (let n = 0; n < 60; n++) await cache.set(`new ${n}`, 1)
    const kept = new Set(listed(old))
    const both = listed(fresh).filter((key) => kept.has(key)).length
    expect(both).toBeGreaterThan(200 * (policy === 's3Fifo' ? 0.75 : 0.85))
  })
})

describe('restoring beside readers', () => {
  it('leaves what was fetched while a schema took its time', async () => {
    const before = make()
    await before.set('n:k', 'old')
    const bytes = await bytesOf(before)
    const checking = Promise.withResolvers<void>()
    const gate = Promise.withResolvers<void>()
    const validate = async (value: unknown) => {
      if (value === 'old') {
        checking.resolve()
        await gate.promise
      }
      return { value: String(value) }
    }
    const cache = make()
    const space = cache.namespace<string>('n', { schema: { '~standard': { version: 1, vendor: 'test', validate } } })
    const restoring = cache.restore(streamOf(bytes))
    await checking.promise
    await space.getOrFetch('k', () => 'new')
    gate.resolve()
    expect(await restoring).toMatchObject({ warmed: 0, present: 1 })
    expect(space.peek('k')).toBe('new')
  })
})
