import { describe, expect, it } from 'vitest'
import { type MemcachedStoreOptions, readStoreOptions } from '../../src/stores/memcached/options.ts'
import { WireKeys } from '../../src/stores/memcached/wire-key.ts'

const read = (options: object) => readStoreOptions(options as MemcachedStoreOptions)

describe('options', () => {
  it('have defaults', () => {
    const { addresses, ...rest } = read({ nodes: 'a, B:5,[::1]:7' })
    expect(addresses.map(({ name }) => name)).toEqual(['a:11211', 'b:5', '[::1]:7'])
    expect(rest).toEqual({
      prefix: 'terrace',
      timeout: 250,
      connectTimeout: 1000,
      maxStaleness: 5000,
      tls: undefined,
      maxValueBytes: 2 ** 26,
      maxInFlight: 16_384,
      maxQueuedBytes: 2 ** 26,
    })
    expect(read({ nodes: ['a'], tls: true, timeout: '1s' })).toMatchObject({ tls: {}, timeout: 1000 })
    expect(read({ nodes: ['a'], tls: false }).tls).toBe(undefined)
  })

  it.each([
    [{}, 'memcached: nodes: expected addresses'],
    [{ nodes: [] }, 'memcached: nodes: expected addresses'],
    [{ nodes: [] }, "expected addresses such as ['host:11211'], got an empty array"],
    [{ nodes: 'host:port' }, "memcached: nodes: expected an address such as 'host:11211', got 'host:port' (string)"],
    [{ servers: ['a'] }, "memcached: there is no option 'servers'. Did you mean 'nodes'?"],
    [{ nodes: '' }, "memcached: nodes: expected an address such as 'host:11211'"],
    [{ nodes: ['a', 'A:11211'] }, 'memcached: nodes: expected each address once'],
    [{ node: 'a' }, "memcached: there is no option 'node'. Did you mean 'nodes'?"],
    [{ nodes: 'a', prefix: 'a:b' }, 'memcached: prefix: expected 1 to 100 letters'],
    [{ nodes: 'a', prefix: '' }, 'memcached: prefix: expected 1 to 100 letters'],
    [{ nodes: 'a', timeout: 0 }, 'memcached: timeout: expected a duration above 0'],
    [{ nodes: 'a', maxStaleness: Number.POSITIVE_INFINITY }, 'memcached: maxStaleness: expected a duration above 0'],
    [{ nodes: 'a', tls: 'yes' }, 'memcached: tls: expected true, false or an object'],
    [{ nodes: 'a', maxValueBytes: 0 }, 'memcached: maxValueBytes: expected a whole number'],
  ])('%j are refused', (options, message) => expect(() => read(options)).toThrow(message))
})

describe('names', () => {
  const keys = new WireKeys('p')

  it('are those of the keys where Memcached takes them, and hashes where not', () => {
    expect(keys.data('user:1')).toBe('p:user:1')
    expect(keys.data('')).toBe('p:')
    expect(keys.lease(keys.data('user:1'))).toBe('p~:user:1')
    for (const odd of [' ', '\n', '\u007f', 'ü', '\ud800', 'x'.repeat(248)]) {
      const name = keys.data(odd)
      expect(name).toMatch(/^p#[\w-]{43}$/)
      expect(keys.isHashed(name)).toBe(true)
      expect(keys.lease(name)).toBe(`p~${name.slice(1)}`)
    }
    expect(keys.isHashed(keys.data('#x'))).toBe(false)
    const longest = keys.data('x'.repeat(247))
    expect([longest.length, keys.lease(longest).length, keys.isHashed(longest)]).toEqual([249, 250, false])
  })

  it('differ for different keys', () => {
    const odd = ['\ud800', '\udc00', '\u0010d800', '\u0010', '\ufffd', 'ü', 'u\u0308']
    expect(new Set(odd.map((key) => keys.data(key))).size).toBe(odd.length)
  })
})
