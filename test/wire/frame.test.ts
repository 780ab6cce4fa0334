import { crc32 } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  BODY_AT,
  BORN_AT,
  CHECKSUM_AT,
  CODEC_AT,
  DEAD_AT,
  DUE_AT,
  FLAGS_AT,
  FORMAT_AT,
  FRESH_AT,
  NUMBER,
  openFrame,
  PAYLOAD_AT,
  packFrame,
  REIGN_AT,
  SINCE_AT,
  STAMPED_AT,
  type Stamp,
  stampFrame,
  stampUpkeep,
  TAG_COUNT_AT,
  UPKEPT_BODY_AT,
  VERSION_AT,
} from '../../src/entry/frame.ts'
import { Upkeep } from '../../src/entry/upkeep.ts'

const texts = fc.string({ unit: fc.nat(0xffff).map((code) => String.fromCharCode(code)), maxLength: 40 })
const stamps = fc.record({
  reign: fc.string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength: 16, maxLength: 16 }),
  born: fc.nat(),
  stamped: fc.double({ noNaN: true, noDefaultInfinity: true }),
  deadAt: fc.oneof(fc.constant(Number.POSITIVE_INFINITY), fc.double({ noNaN: true })),
})
const moments = fc.oneof(fc.constant(Number.POSITIVE_INFINITY), fc.double({ noNaN: true, min: -Number.MAX_VALUE }))
const validators = fc.option(texts, { nil: undefined })
const upkeeps = fc.option(
  fc
    .tuple(moments, moments, moments, validators, validators)
    .map(([since, due, fresh, etag, lastModified]) => new Upkeep(since, due, fresh, etag, lastModified)),
  { nil: undefined },
)
const contents = fc
  .record({
    found: fc.boolean(),
    codec: fc.nat(255),
    payload: fc.uint8Array({ maxLength: 300 }),
    tags: fc.array(texts, { maxLength: 5 }),
    version: fc.option(fc.double({ noNaN: true }), { nil: undefined }),
    key: fc.option(texts, { nil: undefined }),
    storedUpkeep: upkeeps,
  })
  .map((frame) => {
    if (!frame.found) return { ...frame, codec: 0, payload: new Uint8Array(0) }
    return frame.codec === NUMBER ? { ...frame, payload: new Uint8Array(8) } : frame
  })

/** An upkeep as it is read: within the bounds of its frame, and without texts that are empty. */
function asRead({ since, due, freshUntil, etag, lastModified }: Upkeep, { stamped, deadAt }: Stamp): Upkeep {
  const fresh = Math.min(freshUntil, deadAt)
  return new Upkeep(Math.min(since, stamped), Math.min(due, fresh), fresh, etag || undefined, lastModified || undefined)
}

const STAMP: Stamp = { reign: '0123456789abcdef', born: 7, stamped: 1000, deadAt: 2000 }

function stampedFrame(tags: string[] = [], key?: string, storedUpkeep?: Upkeep): Buffer {
  const payload = Buffer.from('{"a":1}')
  const frame = packFrame({ found: true, codec: 2, payload, tags, version: 3, key, storedUpkeep })
  stampFrame(frame, STAMP)
  return Buffer.from(frame)
}

/** The frame with one change. */
function changed(frame: Buffer, change: (copy: Buffer) => void): Buffer {
  const copy = Buffer.from(frame)
  change(copy)
  return copy
}

describe('a frame', () => {
  it('gives back what was put in, and what was stamped', () => {
    fc.assert(
      fc.property(contents, stamps, fc.nat(9), (content, stamp, offset) => {
        const packed = packFrame(content)
        expect(packed.subarray(REIGN_AT, VERSION_AT).every((byte) => byte === 0)).toBe(true)
        stampFrame(packed, stamp)
        // Anywhere in a larger buffer, as a client hands it out, and as any kind of bytes.
        const around = new Uint8Array(packed.length + 20).fill(0xca)
        around.set(packed, offset)
        const opened = openFrame(around.subarray(offset, offset + packed.length))!
        const { payload, ...header } = opened
        const { key, payload: given, storedUpkeep: upkeep, ...rest } = content
        const storedUpkeep = upkeep && asRead(upkeep, stamp)
        expect(header).toEqual({ ...rest, ...stamp, storedUpkeep, keyEcho: key })
        expect([...payload]).toEqual([...given])
        expect(payload.buffer).toBe(around.buffer)
      }),
      { numRuns: 500 },
    )
  })

  it('has the layout that stores are written against', () => {
    const frame = stampedFrame(['t'], 'k')
    expect(frame.toString('hex', 0, 8)).toBe('ca7e010e02000100')
    expect(frame.toString('hex', 8, 16)).toBe('0123456789abcdef')
    expect(frame.readDoubleLE(16)).toBe(7)
    expect(frame.readDoubleLE(24)).toBe(1000)
    expect(frame.readDoubleLE(32)).toBe(2000)
    expect(frame.readDoubleLE(40)).toBe(3)
    expect(frame.readUInt32LE(48)).toBe(64)
    expect(frame.readUInt32LE(52)).toBe(crc32(frame.subarray(56), 0x0e | (2 << 8) | (1 << 16)))
    expect(frame.toString('latin1', 56)).toBe('\u0001\0\0\0k\u0001\0t{"a":1}')
  })

  it('that tells of its upkeep has three moments more, which may be changed where they lie, and two texts', () => {
    const frame = stampedFrame(['t'], 'k', new Upkeep(900, 1400, 1500, '"v"', 'é'))
    expect(frame.toString('hex', 0, 8)).toBe('ca7e013e02000100')
    expect([56, 64, 72].map((at) => frame.readDoubleLE(at))).toEqual([1500, 900, 1400])
    expect(frame.readUInt32LE(48)).toBe(97)
    expect(frame.readUInt32LE(52)).toBe(crc32(frame.subarray(80), 0x3e | (2 << 8) | (1 << 16)))
    expect(frame.toString('utf8', 80)).toBe('\u0001\0\0\0k\u0001\0t\u0003\0"v"\u0002\0é{"a":1}')
    stampUpkeep(frame, new Upkeep(0, 1600, 1700, undefined, undefined))
    expect(openFrame(frame)!.storedUpkeep).toEqual(new Upkeep(900, 1600, 1700, '"v"', 'é'))
    // Without texts it has none.
    expect(stampedFrame([], undefined, new Upkeep(0, 1, 1, '', undefined)).toString('utf8', 80)).toBe('{"a":1}')
  })

  it('is fresh until it is dead at most, due by then, and never from the time after it was stamped', () => {
    const { storedUpkeep } = openFrame(stampedFrame([], undefined, new Upkeep(5000, 9000, 7000, undefined, undefined)))!
    expect(storedUpkeep).toEqual(new Upkeep(1000, 2000, 2000, undefined, undefined))
  })

  it('is refused to be made with a validator that could not be read', () => {
    const upkept = (etag: string) => stampedFrame([], undefined, new Upkeep(0, 1, 1, etag, undefined))
    expect(() => upkept('x'.repeat(1001))).toThrow('a frame with a validator of 1001 characters')
    expect(openFrame(upkept('\ud800'.repeat(1000)))?.storedUpkeep?.etag).toHaveLength(1000)
  })

  it('of a number is eight bytes that a script may change', () => {
    const payload = Buffer.alloc(8)
    payload.writeDoubleLE(41)
    const frame = Buffer.from(packFrame({ found: true, codec: NUMBER, payload, tags: ['t'], version: undefined }))
    frame.writeDoubleLE(42, frame.readUInt32LE(PAYLOAD_AT))
    expect(Buffer.from(openFrame(frame)!.payload).readDoubleLE()).toBe(42)
    expect(Number.isNaN(frame.readDoubleLE(VERSION_AT))).toBe(true)
    expect(openFrame(frame.subarray(0, -1))).toBeUndefined()
  })

  it('is refused to be made with more tags than can be read', () => {
    const tags = Array.from({ length: 101 }, (_, i) => `t${i}`)
    expect(() => stampedFrame(tags)).toThrow('a frame with 101 tags')
    expect(openFrame(stampedFrame(tags.slice(1)))?.tags).toHaveLength(100)
  })
})

describe.each([
  ['', BODY_AT, stampedFrame(['tag', 'other'], 'key')],
  [
    ' that tells of its upkeep',
    UPKEPT_BODY_AT,
    stampedFrame(['tag', 'other'], 'key', new Upkeep(900, 1400, 1500, '"v"', 'then')),
  ],
])('damage of a frame%s', (_, bodyAt, frame) => {
  const isUpkept = bodyAt === UPKEPT_BODY_AT

  it('of any bit that the store does not write is seen', () => {
    for (let bit = 0; bit < frame.length * 8; bit++) {
      const at = bit >> 3
      if ((at >= REIGN_AT && at < PAYLOAD_AT) || (isUpkept && at >= FRESH_AT && at < UPKEPT_BODY_AT)) continue
      const damaged = changed(frame, (copy) => {
        copy[at]! ^= 1 << (bit & 7)
      })
      expect(openFrame(damaged), `bit ${bit}`).toBeUndefined()
    }
  })

  it('by cutting off or adding is seen', () => {
    for (let length = 0; length < frame.length; length++) expect(openFrame(frame.subarray(0, length))).toBeUndefined()
    expect(openFrame(Buffer.concat([frame, Buffer.alloc(1)]))).toBeUndefined()
  })

  it('that makes nonsense of the times is seen', () => {
    expect(openFrame(frame)).toBeDefined()
    for (const at of [BORN_AT, STAMPED_AT, DEAD_AT, VERSION_AT]) {
      expect(openFrame(changed(frame, (copy) => copy.writeDoubleLE(Number.NaN, at)))).toBeUndefined()
    }
    for (const at of [BORN_AT, STAMPED_AT]) {
      expect(openFrame(changed(frame, (copy) => copy.writeDoubleLE(Number.POSITIVE_INFINITY, at)))).toBeUndefined()
    }
    expect(openFrame(changed(frame, (copy) => copy.writeDoubleLE(-1, BORN_AT)))).toBeUndefined()
    for (const at of isUpkept ? [FRESH_AT, SINCE_AT, DUE_AT] : []) {
      for (const moment of [Number.NaN, Number.NEGATIVE_INFINITY]) {
        expect(openFrame(changed(frame, (copy) => copy.writeDoubleLE(moment, at)))).toBeUndefined()
      }
      expect(openFrame(changed(frame, (copy) => copy.writeDoubleLE(Number.POSITIVE_INFINITY, at)))).toBeDefined()
    }
  })

  /** A frame forged so that its checksum is right. */
  function forged(change: (copy: Buffer) => void): Buffer {
    return changed(frame, (copy) => {
      change(copy)
      const seed = copy[FLAGS_AT]! | (copy[CODEC_AT]! << 8) | (copy.readUInt16LE(TAG_COUNT_AT) << 16)
      copy.writeUInt32LE(crc32(copy.subarray(bodyAt), seed >>> 0), CHECKSUM_AT)
    })
  }

  it('with a right checksum is seen, where it leaves the form', () => {
    const cases: Record<string, (copy: Buffer) => void> = {
      'a later format': (copy) => copy.writeUInt8(2, FORMAT_AT),
      'an unknown flag': (copy) => copy.writeUInt8(copy[FLAGS_AT]! | 64, FLAGS_AT),
      'another flag': (copy) => copy.writeUInt8(copy[FLAGS_AT]! ^ 16, FLAGS_AT),
      'texts too many or too few': (copy) => copy.writeUInt8(copy[FLAGS_AT]! ^ 32, FLAGS_AT),
      'absent with a payload': (copy) => copy.writeUInt8(copy[FLAGS_AT]! | 1, FLAGS_AT),
      'a number with a checksum': (copy) => copy.writeUInt8(NUMBER, CODEC_AT),
      'more tags than there are': (copy) => copy.writeUInt16LE(3, TAG_COUNT_AT),
      'fewer tags than there are': (copy) => copy.writeUInt16LE(1, TAG_COUNT_AT),
      'far too many tags': (copy) => copy.writeUInt16LE(65_535, TAG_COUNT_AT),
      'a payload before the body': (copy) => copy.writeUInt32LE(bodyAt - 1, PAYLOAD_AT),
      'a payload that begins in the tags': (copy) => copy.writeUInt32LE(bodyAt + 8, PAYLOAD_AT),
      'a payload beyond the end': (copy) => copy.writeUInt32LE(0xffffffff, PAYLOAD_AT),
      'an endless echo': (copy) => copy.writeUInt32LE(0xffffffff, bodyAt),
      'an endless tag': (copy) => copy.writeUInt16LE(0xffff, bodyAt + 7),
      'an endless validator': (copy) => copy.writeUInt16LE(isUpkept ? 0xffff : 0xfff, bodyAt + (isUpkept ? 19 : 7)),
    }
    expect(openFrame(forged(() => undefined))).toBeDefined()
    for (const [what, change] of Object.entries(cases)) expect(openFrame(forged(change)), what).toBeUndefined()
  })

  it('of a tag too long to be one is seen', () => {
    expect(openFrame(stampedFrame(['x'.repeat(1000)]))).toBeDefined()
    expect(openFrame(stampedFrame(['x'.repeat(1001)]))).toBeUndefined()
  })

  it('of a validator too long to be one is seen', () => {
    // The same bytes as a tag of the longest kind and a payload that goes on like a text.
    const long = stampedFrame(['x'.repeat(1000)], undefined, new Upkeep(0, 1, 1, 'e', undefined))
    const grown = Buffer.concat([long, Buffer.alloc(1000, 0x79)])
    const at = UPKEPT_BODY_AT + 2 + 1000
    grown.writeUInt16LE(1001, at)
    grown.writeUInt16LE(0, at + 2 + 1001)
    grown.writeUInt32LE(at + 4 + 1001, PAYLOAD_AT)
    const seed = grown[FLAGS_AT]! | (grown[CODEC_AT]! << 8) | (1 << 16)
    const resealed = (bytes: Buffer) => {
      bytes.writeUInt32LE(crc32(bytes.subarray(UPKEPT_BODY_AT), seed >>> 0), CHECKSUM_AT)
      return openFrame(bytes)
    }
    expect(resealed(grown)).toBeUndefined()
    grown.writeUInt16LE(1000, at)
    grown.writeUInt16LE(0, at + 2 + 1000)
    grown.writeUInt32LE(at + 4 + 1000, PAYLOAD_AT)
    expect(resealed(grown)?.storedUpkeep?.etag).toHaveLength(1000)
  })
})
