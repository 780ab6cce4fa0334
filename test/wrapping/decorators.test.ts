import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { transformFileSync } from '@swc/core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { cached, createCache, fromAsync, invalidates, type MultiLevelCache, memory } from '../../src/index.ts'
import { FakeWorld } from '../../src/testing/fake-world.ts'
import { faulty } from '../../src/testing/faulty-level.ts'
import type * as Classes from './decorated-classes.ts'

const source = fileURLToPath(new URL('decorated-classes.ts', import.meta.url))
const tsc = fileURLToPath(new URL('../../node_modules/.bin/tsc', import.meta.url))

/** What makes JavaScript of standard decorators: each has code of its own for them. */
const compilers: Record<string, (folder: string) => void> = {
  typescript: (folder) => {
    const options = '--ignoreConfig --noCheck --noResolve --target es2022 --module esnext'.split(' ')
    const { status, stdout } = spawnSync(process.execPath, [tsc, ...options, '--outDir', folder, source], {
      encoding: 'utf8',
    })
    if (status !== 0) throw new Error(stdout)
  },
  swc: (folder) => {
    const { code } = transformFileSync(source, {
      configFile: false,
      jsc: {
        parser: { syntax: 'typescript', decorators: true },
        transform: { decoratorVersion: '2022-03' },
        target: 'es2022',
      },
    })
    writeFileSync(join(folder, 'decorated-classes.js'), code)
  },
}

for (const [name, compile] of Object.entries(compilers)) {
  describe(`decorated methods, compiled by ${name}`, () => {
    const folder = mkdtempSync(join(tmpdir(), 'terrace-decorators-'))
    afterAll(() => rmSync(folder, { recursive: true }))
    let classes: typeof Classes
    beforeAll(async () => {
      compile(folder)
      classes = await import(/* @vite-ignore */ pathToFileURL(join(folder, 'decorated-classes.js')).href)
    })

    function scene(cache: MultiLevelCache<unknown> = createCache({ levels: [memory()], world: new FakeWorld() })) {
      const notes: string[] = []
      const note = (what: string): void => void notes.push(what)
      const tools = { cache, cached, invalidates, note }
      return { cache, notes, tools, ...classes.decorate(tools) }
    }

    it('are cached, with the private state of their instance', async () => {
      const { Users, notes, cache } = scene()
      const users = new Users()
      expect(await Promise.all([users.find(1), users.find(1), users.find(2)])).toMatchObject([
        { name: 'user 1' },
        { name: 'user 1' },
        { name: 'user 2' },
      ])
      expect(notes).toEqual(['find 1', 'find 2'])
      expect(cache.peek('user:1')).toEqual({ id: 1, name: 'user 1' })
      await cache.invalidateTags(['2 is user 2'])
      await Promise.all([users.find(1), users.find(2)])
      expect(notes).toEqual(['find 1', 'find 2', 'find 2'])
      expect([users.find.name, Users.name]).toEqual(['find', 'Users'])
    })

    it('invalidate what they have changed when they have succeeded, and only then', async () => {
      const { Users, notes } = scene()
      const users = new Users()
      await users.find(1)
      await expect(users.rename(1, '')).rejects.toThrow('no name')
      await users.find(1)
      expect(notes).toEqual(['find 1', 'rename 1'])
      expect(await users.rename(1, 'Ada')).toBe(true)
      expect(await users.find(1)).toEqual({ id: 1, name: 'Ada' })
      expect(notes).toEqual(['find 1', 'rename 1', 'rename 1', 'find 1'])
    })

    it('invalidate as their result says', async () => {
      const { Users } = scene()
      const users = new Users()
      await users.find(1)
      expect(await users.remove(7)).toBe(false)
      expect(await users.remove(1)).toBe(true)
      expect(await users.find(1)).toBeUndefined()
    })

    it('find their cache in the instance, even where it is private', async () => {
      const { Users, notes, cache } = scene()
      const own = createCache({ levels: [memory()] })
      const [users, others] = [new Users(own), new Users()]
      expect([await users.count(), await others.count(), await users.count(undefined)]).toEqual([2, 2, 2])
      expect(notes).toEqual(['count 0', 'count 0'])
      expect([own.peek('Users.count()'), cache.peek('Users.count()')]).toEqual([2, 2])
      await own.close()
    })

    it('may be private, with a name', async () => {
      const { Users, notes, cache } = scene()
      const users = new Users()
      expect([await users.tell(1), await users.tell(1)]).toEqual(['secret of 1 of 2', 'secret of 1 of 2'])
      expect(notes).toEqual(['secret 1'])
      expect(cache.peek('secret(1)')).toBe('secret of 1 of 2')
    })

    it('may be static', async () => {
      const { Users, notes, cache } = scene()
      expect([await Users.counted(), await Users.counted()]).toEqual([1, 1])
      expect(notes).toEqual(['counted'])
      expect(cache.peek('static Users.counted()')).toBe(1)
    })

    it('have keys of their own in each class that inherits or overrides them', async () => {
      const { Users, Admins, Guests, notes, cache } = scene()
      expect(await new Admins().count(2)).toBe(101)
      expect(notes).toEqual(['admins 2', 'count 2'])
      expect([cache.peek('Admins.count(2)'), cache.peek('Admins/Users.count(2)')]).toEqual([101, 1])
      expect([await new Guests().count(2), await new Users().count(2)]).toEqual([1, 1])
      expect([cache.peek('Guests/Users.count(2)'), cache.peek('Users.count(2)')]).toEqual([1, 1])
      expect(await Guests.counted()).toBe(1)
      expect(cache.peek('static Guests/Users.counted()')).toBe(1)
      expect(notes).toEqual(['admins 2', 'count 2', 'count 2', 'count 2', 'counted'])
    })

    it('tell what is pending at a level', async () => {
      const world = new FakeWorld()
      let isDown = false
      const far = faulty(fromAsync(new Map()), () => (isDown ? { fault: 'reject' } : {}))
      const { Pending, notes } = scene(createCache({ levels: [memory(), far], world }))
      await new Pending().touch()
      expect(notes).toEqual([])
      isDown = true
      await new Pending().touch()
      expect(notes).toEqual(['pending true done,pending', 'pending true done,pending'])
    })

    it('are nothing else: getters and the like are refused', () => {
      const { tools } = scene()
      for (const [what, make] of Object.entries(classes.misplaced)) {
        const message = expect.stringMatching(new RegExp(`^@(cached|invalidates): expected a method, got ${what}$`))
        expect(() => make(tools), what).toThrow(expect.objectContaining({ code: 'ERR_ARGUMENT_INVALID', message }))
      }
      expect(() => classes.decoratePrivate(tools)).toThrow(
        /@cached #hidden: a private method.* needs the option `name` or `key`/,
      )
    })

    it('cannot be called for what is no instance, unless the key is given', async () => {
      const { Users } = scene()
      const users = new Users()
      const { counted } = Users
      await expect(counted()).rejects.toMatchObject({ code: 'ERR_KEY_INVALID' })
      await expect(users.find.call(undefined as never, 9)).rejects.toThrow(TypeError)
    })
  })
}

describe('a decorator', () => {
  const cache = createCache({ levels: [memory()] })
  afterAll(() => cache.close())

  it('refuses what is no cache, and wrong options', () => {
    expect(() => cached({} as never)).toThrow(/@cached: expected a cache, got \[Object\]/)
    expect(() => invalidates(undefined as never, { keys: ['k'] })).toThrow(/@invalidates: expected a cache/)
    expect(() => invalidates(cache, {})).toThrow(/expected keys, tags or both/)
    expect(() => invalidates(cache, { key: ['k'] } as never)).toThrow(/Did you mean 'keys'/)
    expect(() => invalidates(cache, { keys: 'k' } as never)).toThrow(/@invalidates: keys: expected an array/)
  })

  it('refuses to work as an experimental one', () => {
    const descriptor = { value: async () => 1 }
    expect(() => (cached(cache) as unknown as (...args: unknown[]) => void)({}, 'method', descriptor)).toThrow(
      /experimentalDecorators/,
    )
  })

  it('refuses a cache that the instance does not have when the method is called', async () => {
    const method = async () => 1
    const context = { kind: 'method', name: 'm', static: false, private: false }
    const decorated = cached(() => undefined as never, { name: 'm' })(
      method as never,
      context as never,
    ) as () => Promise<unknown>
    await expect(decorated()).rejects.toThrow(/@cached: expected a cache, got undefined/)
    let calls = 0
    const change = async () => void calls++
    const changing = invalidates(() => undefined as never, { keys: ['k'] })(change as never, context as never)
    await expect((changing as unknown as () => Promise<void>)()).rejects.toThrow(/@invalidates: expected a cache/)
    expect(calls).toBe(0)
  })
})
