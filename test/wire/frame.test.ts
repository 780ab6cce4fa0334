import { crc32 } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  BODY_AT,
  BORN_AT,
  CHECKSUM_AT,
  CODEC_AT,
  DEAD_AT,
  FLAGS_AT,
  FORMAT_AT,
  NUMBER,
  openFrame,
  PAYLOAD_AT,
  packFrame,
  REIGN_AT,
  STAMPED_AT,
  type Stamp,
  stampFrame,
  TAG_COUNT_AT,
  VERSION_AT,
} from '../../src/entry/frame.ts'

const texts = fc.string({ unit: fc.nat(0xffff).map((code) => String.fromCharCode(code)), maxLength: 40 })
const stamps = fc.record({
  reign: fc.string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength: 16, maxLength: 16 }),
  born: fc.nat(),
  stamped: fc.double({ noNaN: true, noDefaultInfinity: true }),
  deadAt: fc.oneof(fc.constant(Number.POSITIVE_INFINITY), fc.double({ noNaN: true })),
})
const contents = fc
  .record({
    found: fc.boolean(),
    codec: fc.nat(255),
    payload: fc.uint8Array({ maxLength: 300 }),
    tags: fc.array(texts, { maxLength: 5 }),
    version: fc.option(fc.double({ noNaN: true }), { nil: undefined }),
    key: fc.option(texts, { nil: undefined }),
  })
  .map((frame) => {
    if (!frame.found) return { ...frame, codec: 0, payload: new Uint8Array(0) }
    return frame.codec === NUMBER ? { ...frame, payload: new Uint8Array(8) } : frame
  })

const STAMP: Stamp = { reign: '0123456789abcdef', born: 7, stamped: 1000, deadAt: 2000 }

function stampedFrame(tags: string[] = [], key?: string): Buffer {
  const frame = packFrame({ found: true, codec: 2, payload: Buffer.from('{"a":1}'), tags, version: 3, key })
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
        const { key, payload: given, ...rest } = content
        expect(header).toEqual({ ...rest, ...stamp, keyEcho: key })
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

describe('damage', () => {
  const frame = stampedFrame(['tag', 'other'], 'key')

  it('of any bit that the store does not write is seen', () => {
    for (let bit = 0; bit < frame.length * 8; bit++) {
      const at = bit >> 3
      if (at >= REIGN_AT && at < PAYLOAD_AT) continue
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
  })

  /** A frame forged so that its checksum is right. */
  function forged(change: (copy: Buffer) => void): Buffer {
    return changed(frame, (copy) => {
      change(copy)
      const seed = copy[FLAGS_AT]! | (copy[CODEC_AT]! << 8) | (copy.readUInt16LE(TAG_COUNT_AT) << 16)
      copy.writeUInt32LE(crc32(copy.subarray(BODY_AT), seed >>> 0), CHECKSUM_AT)
    })
  }

  it('with a right checksum is seen, where it leaves the form', () => {
    const cases: Record<string, (copy: Buffer) => void> = {
      'a later format': (copy) => copy.writeUInt8(2, FORMAT_AT),
      'an unknown flag': (copy) => copy.writeUInt8(copy[FLAGS_AT]! | 16, FLAGS_AT),
      'absent with a payload': (copy) => copy.writeUInt8(copy[FLAGS_AT]! | 1, FLAGS_AT),
      'a number with a checksum': (copy) => copy.writeUInt8(NUMBER, CODEC_AT),
      'more tags than there are': (copy) => copy.writeUInt16LE(3, TAG_COUNT_AT),
      'fewer tags than there are': (copy) => copy.writeUInt16LE(1, TAG_COUNT_AT),
      'far too many tags': (copy) => copy.writeUInt16LE(65_535, TAG_COUNT_AT),
      'a payload before the body': (copy) => copy.writeUInt32LE(BODY_AT - 1, PAYLOAD_AT),
      'a payload that begins in the tags': (copy) => copy.writeUInt32LE(BODY_AT + 8, PAYLOAD_AT),
      'a payload beyond the end': (copy) => copy.writeUInt32LE(0xffffffff, PAYLOAD_AT),
      'an endless echo': (copy) => copy.writeUInt32LE(0xffffffff, BODY_AT),
      'an endless tag': (copy) => copy.writeUInt16LE(0xffff, BODY_AT + 7),
    }
    expect(openFrame(forged(() => undefined))).toBeDefined()
    for (const [what, change] of Object.entries(cases)) expect(openFrame(forged(change)), what).toBeUndefined()
  })

  it('of a tag too long to be one is seen', () => {
    expect(openFrame(stampedFrame(['x'.repeat(1000)]))).toBeDefined()
    expect(openFrame(stampedFrame(['x'.repeat(1001)]))).toBeUndefined()
  })
})
