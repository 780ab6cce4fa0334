import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ProtocolError, type Reply } from '../../src/stores/memcached/reply.ts'
import { ReplyParser } from '../../src/stores/memcached/reply-parser.ts'

const LIMIT = 1000

/** Feeds the bytes cut at these places. */
function parse(bytes: Buffer, cuts: readonly number[]): Reply[] {
  const replies: Reply[] = []
  // What was handed over is compared at the end: a view must not change when more comes in.
  const parser = new ReplyParser(LIMIT, (reply) => replies.push(reply))
  let begin = 0
  for (const cut of [...cuts].sort((a, b) => a - b)) {
    parser.feed(Buffer.from(bytes.subarray(begin, cut)))
    begin = cut
  }
  parser.feed(Buffer.from(bytes.subarray(begin)))
  return replies
}

const cas = fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER })
const ttl = fc.integer({ min: -1, max: 2 ** 31 })
const value = fc.oneof(
  { weight: 5, arbitrary: fc.uint8Array({ maxLength: LIMIT }) },
  { weight: 1, arbitrary: fc.uint8Array({ minLength: LIMIT + 1, maxLength: 2 * LIMIT }) },
)

/** A reply, and what should be read from it. */
const reply = fc.oneof(
  fc.tuple(value, cas, ttl).map(([value, cas, ttl]) => ({
    bytes: Buffer.concat([
      Buffer.from(`VA ${value.length} c${cas} t${ttl} f0 W Z X s${value.length}\r\n`),
      value,
      Buffer.from('\r\n'),
    ]),
    expected: { code: 'VA', cas, ttl, value: value.length <= LIMIT ? value : new Uint8Array(0) },
  })),
  fc.tuple(fc.constantFrom('HD', 'NS', 'EX', 'NF', 'EN', 'MN'), cas).map(([code, cas]) => ({
    bytes: Buffer.from(`${code} c${cas}\r\n`),
    expected: { code, cas, ttl: Number.NaN, value: undefined },
  })),
  fc.constantFrom('HD', 'EN', 'MN').map((code) => ({
    bytes: Buffer.from(`${code}\r\n`),
    expected: { code, cas: 0, ttl: Number.NaN, value: undefined },
  })),
  fc.stringMatching(/^[a-z ]{0,40}$/).map((text) => ({
    bytes: Buffer.from(`SERVER_ERROR ${text}\r\n`),
    expected: { code: 'SERVER_ERROR', cas: 0, ttl: Number.NaN, value: undefined, text },
  })),
  fc
    .dictionary(fc.stringMatching(/^[a-z_:]{1,9}$/), fc.stringMatching(/^[a-z0-9. ]{0,9}$/), {
      maxKeys: 5,
      noNullPrototype: true,
    })
    .map((stats) => ({
      bytes: Buffer.from(
        `${Object.entries(stats)
          .map(([name, text]) => `STAT ${name} ${text}\r\n`)
          .join('')}END\r\n`,
      ),
      expected: { code: 'END', cas: 0, ttl: Number.NaN, value: undefined, stats: new Map(Object.entries(stats)) },
    })),
)

describe('the parser', () => {
  it('reads the same replies however the bytes are cut', () => {
    fc.assert(
      fc.property(fc.array(reply, { maxLength: 8 }), fc.array(fc.nat(9000), { maxLength: 30 }), (made, places) => {
        const bytes = Buffer.concat(made.map(({ bytes }) => bytes))
        const cuts = places.map((place) => place % (bytes.length + 1))
        const read = parse(bytes, cuts)
        expect(read.length).toBe(made.length)
        for (const [n, { expected }] of made.entries()) {
          const { value, ...rest } = expected
          expect(read[n]).toMatchObject(rest)
          expect(read[n]!.value && Buffer.from(read[n]!.value)).toEqual(value && Buffer.from(value))
        }
      }),
      { numRuns: 2000, seed: 3 },
    )
  })

  it('reads them byte by byte', () => {
    fc.assert(
      fc.property(fc.array(reply, { maxLength: 3 }), (made) => {
        const bytes = Buffer.concat(made.map(({ bytes }) => bytes))
        const read = parse(
          bytes,
          Array.from(bytes, (_, n) => n),
        )
        expect(read.map(({ code }) => code)).toEqual(made.map(({ expected }) => expected.code))
      }),
      { numRuns: 100, seed: 4 },
    )
  })

  it('takes any bytes for replies or for a broken connection, and nothing else', () => {
    const words = [
      'VA ',
      'VA 5 c1\r\nab',
      'HD',
      'HD\r\n',
      'EN\r\n',
      'STAT a b\r\n',
      'END\r\n',
      'SERVER_ERROR',
      '\r\n',
      ' c',
      ' t-',
      '9',
      'ERROR\r\n',
    ]
    const junk = fc.array(
      fc.oneof(
        fc.constantFrom(...words).map((word) => Buffer.from(word)),
        fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)),
        reply.map(({ bytes }) => bytes),
      ),
      { maxLength: 12 },
    )
    let broken = 0
    fc.assert(
      fc.property(junk, fc.array(fc.nat(5000), { maxLength: 10 }), (pieces, places) => {
        const bytes = Buffer.concat(pieces)
        try {
          for (const { value } of parse(
            bytes,
            places.map((place) => place % (bytes.length + 1)),
          )) {
            expect(value?.length ?? 0).toBeLessThanOrEqual(LIMIT)
          }
        } catch (error) {
          expect(error).toBeInstanceOf(ProtocolError)
          broken++
        }
      }),
      { numRuns: 20_000, seed: 5 },
    )
    expect(broken).toBeGreaterThan(1000)
  })

  it('breaks where one byte of a reply is lost or changed, or reads something of the same form', () => {
    fc.assert(
      fc.property(reply, fc.nat(), fc.nat(255), ({ bytes }, place, byte) => {
        const changed = Buffer.from(bytes)
        changed[place % changed.length] = byte
        try {
          parse(changed, [])
        } catch (error) {
          expect(error).toBeInstanceOf(ProtocolError)
        }
      }),
      { numRuns: 5000, seed: 6 },
    )
  })

  it.each([
    ['a line without an end', 'x'.repeat(3000)],
    ['a value larger than there are', `VA ${2 ** 30 + 1}\r\n`],
    ['a size beyond numbers', `VA ${'9'.repeat(400)}\r\n`],
    ['a negative size', 'VA -1\r\n'],
    ['no size', 'VA  c1\r\n'],
    ['a value longer than announced', 'VA 1\r\nabc\r\n'],
    ['a line feed alone', 'HD\n'],
    ['an unknown word', 'HDX\r\n'],
    ['an error of the client', 'CLIENT_ERROR bad data chunk\r\n'],
    ['statistics that do not end', 'STAT a b\r\n'.repeat(1001)],
    ['a reply within statistics', 'STAT a b\r\nHD\r\n'],
    ['a version that is no number', 'HD cx\r\n'],
  ])('refuses %s', (_, text) => {
    expect(() => parse(Buffer.from(text), [])).toThrow(ProtocolError)
  })

  it('takes memory as bytes come in, not as they are announced', () => {
    const parser = new ReplyParser(2 ** 30, () => {})
    const before = process.memoryUsage().arrayBuffers
    parser.feed(Buffer.from('VA 1073741824\r\n'))
    for (let n = 0; n < 100; n++) parser.feed(Buffer.alloc(1000))
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(2 ** 24)
  })
})
