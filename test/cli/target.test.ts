import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readTarget } from '../../src/cli/target.ts'

const read = (text: string, env: NodeJS.ProcessEnv = {}) => readTarget(text, env)

describe('a target', () => {
  it('is read in all its forms', () => {
    expect(read('redis://localhost')).toMatchObject({ kind: 'redis', servers: ['localhost:6379'], tls: false })
    expect(read('rediss://u:p%40ss@h:6380/2')).toMatchObject({
      kind: 'redis',
      shown: 'rediss://u:***@h:6380/2',
      username: 'u',
      password: 'p@ss',
      tls: true,
    })
    expect(read('redis://a:7000,b')).toMatchObject({ servers: ['a:7000', 'b:6379'], url: 'redis://a:7000' })
    expect(read('memcached://a:1,b')).toEqual({
      kind: 'memcached',
      shown: 'memcached://a:1,b',
      nodes: ['a:1', 'b'],
      tls: false,
    })
    expect(read('memcacheds://a')).toEqual({ kind: 'memcached', shown: 'memcacheds://a', nodes: ['a'], tls: true })
    for (const text of ['./x', '/tmp/y.db', 'cache.db', 'file:/tmp/y.db', 'file:///tmp/y.db']) {
      expect(read(text).kind).toBe('disk')
    }
    expect(read('file:///tmp/a%20b.db')).toMatchObject({ path: '/tmp/a b.db' })
    expect(read('http://h:1/ops/cache?x=1#y')).toMatchObject({ kind: 'dashboard', url: 'http://h:1/ops/cache/' })
    expect(read('https://me:pw@h/')).toMatchObject({ shown: 'https://me:***@h/', username: 'me', password: 'pw' })
  })

  it('takes the password of Redis from where redis-cli does, too', () => {
    expect(read('redis://h', { REDISCLI_AUTH: 'a%b' })).toMatchObject({ password: 'a%b', shown: 'redis://h' })
    expect(read('redis://u:own@h', { REDISCLI_AUTH: 'other' })).toMatchObject({ password: 'own' })
  })

  it('never shows a password, whatever is wrong with it', () => {
    const schemes = fc.constantFrom('redis', 'rediss', 'valkey', 'http', 'https', 'memcached', 'file', 'foo', '')
    const rest = fc.string({ unit: fc.constantFrom(...'aZ1%&=+!$:,;~'), maxLength: 20 })
    fc.assert(
      fc.property(schemes, rest, rest, (scheme, user, end) => {
        const text = `${scheme}://${user}:SECRET%zz@host${end}`
        let shown: string
        try {
          shown = read(text).shown
        } catch (error) {
          shown = String(error)
        }
        // What follows the scheme of a file is its path.
        if (scheme !== 'file' && scheme !== '') expect(shown).not.toContain('SECRET')
      }),
    )
  })

  it('is refused if it is none', () => {
    for (const text of ['', 'nonsense', 'foo://x', 'memcached://', 'memcached://u:p@h', 'http://']) {
      expect(() => read(text), text).toThrow(/^expected /)
    }
  })
})
