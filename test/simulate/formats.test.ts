import { gzipSync, zstdCompressSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { type CellReport, type SimulateOptions, simulate, type TraceInput } from '../../src/simulate/index.ts'
import { skewedKeys, TraceFolder, u32 } from './trace-folder.ts'

const keys = skewedKeys(60_000, 3000)
const sizes = keys.map((key) => (key % 90) + 10)

async function cellOf(trace: TraceInput, options: Partial<SimulateOptions> = {}): Promise<Partial<CellReport>> {
  const report = await simulate({ policies: ['lru'], sizes: [100], ...options, traces: [trace] })
  const { seconds: _, ...cell } = report.traces[0]!.cells[0]!
  return cell
}

const plain = {
  u32: u32(keys),
  txt: keys.join('\n'),
  csv: `timestamp,key,size\n${keys.map((key, i) => `${i},${key},${sizes[i]}`).join('\n')}\n`,
}
const packed = { plain: Buffer.from, gzip: gzipSync, zstd: zstdCompressSync }

describe('trace files', () => {
  for (const format of ['u32', 'txt', 'csv'] as const) {
    for (const compression of ['plain', 'gzip', 'zstd'] as const) {
      it(`reads ${format}, ${compression}, whatever the name says about its compression`, async () => {
        using folder = new TraceFolder()
        const bytes = packed[compression](Buffer.from(plain[format]))
        const named = folder.file(`web.${format}${{ plain: '', gzip: '.gz', zstd: '.zst' }[compression]}`, bytes)
        const misnamed = folder.file(`web.${format}.${compression === 'gzip' ? 'zst' : 'gz'}`, bytes)
        const expected = await cellOf({ name: 'memory', keys, ...(format === 'csv' ? { sizes } : {}) })
        expect(expected.requests).toBe(60_000)
        expect(await cellOf(named)).toEqual(expected)
        expect(await cellOf(misnamed)).toEqual(expected)
      })
    }
  }

  it('tells the format of a file without a telling name from its content', async () => {
    using folder = new TraceFolder()
    const expected = await cellOf({ name: 'memory', keys })
    expect(await cellOf(folder.file('a', u32(keys)))).toEqual(expected)
    expect(await cellOf(folder.file('b.trace', gzipSync(plain.txt)))).toEqual(expected)
    expect(await cellOf(folder.file('c.log', plain.csv))).toMatchObject({
      hits: expected.hits,
      byteHitRatio: expect.any(Number),
    })
    expect(await cellOf({ path: folder.file('d.csv', keys.join('\n')), format: 'text' })).toEqual(expected)
  })

  it('reads all frames of a zstd file and all members of a gzip file', async () => {
    using folder = new TraceFolder()
    const all = Buffer.from(plain.txt)
    const parts = [all.subarray(0, 70_001), all.subarray(70_001, 70_002), all.subarray(70_002)]
    const skippable = Buffer.from([0x50, 0x2a, 0x4d, 0x18, 4, 0, 0, 0, 1, 2, 3, 4])
    const expected = await cellOf({ name: 'memory', keys })
    const zstd = parts.flatMap((part) => [skippable, zstdCompressSync(part)])
    expect(await cellOf(folder.file('a.zst', Buffer.concat(zstd)))).toEqual(expected)
    expect(await cellOf(folder.file('b.gz', Buffer.concat(parts.map((part) => gzipSync(part)))))).toEqual(expected)
  })

  it('reads lines with CRLF, a byte order mark, empty lines, and no line break at the end', async () => {
    using folder = new TraceFolder()
    const expected = { requests: 4, hits: 1 }
    expect(await cellOf(folder.file('a.txt', 'x\r\n\r\ny\r\nx\r\nz'))).toMatchObject(expected)
    expect(await cellOf(folder.file('b.txt', '\ufeffx\n\n\ny\nx\nz\n'))).toMatchObject(expected)
    expect(await cellOf(folder.file('c.csv', '\ufeff\r\nkey,size\r\nx,1\r\ny,2\r\nx,1\r\nz,1\r\n'))).toMatchObject({
      ...expected,
      byteHitRatio: 20,
    })
  })

  it('takes different bytes for different keys, in any encoding', async () => {
    using folder = new TraceFolder()
    const lines = Buffer.concat([[0xff], [0xfe], [0xc3, 0xa9], [0xff]].map((bytes) => Buffer.from([...bytes, 10])))
    expect(await cellOf(folder.file('a.txt', lines))).toMatchObject({ requests: 4, hits: 1 })
  })

  it('reads lines that are longer than a chunk of the file', async () => {
    using folder = new TraceFolder()
    const [a, b] = ['a'.repeat(300_000), 'b'.repeat(1024 * 1024)]
    expect(await cellOf(folder.file('long.txt', [a, b, a, b, 'c'].join('\n')))).toMatchObject({ requests: 5, hits: 2 })
  })
})

describe('CSV columns', () => {
  const read = async (content: string, options: Partial<Extract<TraceInput, { path: string }>> = {}) => {
    using folder = new TraceFolder()
    return await cellOf({ path: folder.file('t.csv', content), ...options })
  }
  const sized = { requests: 3, hits: 1, byteHitRatio: 40 }
  const unsized = { requests: 3, hits: 1, byteHitRatio: null }

  it('are found by the names of the header, in any order and case', async () => {
    expect(await read('Size,op,Object_ID\n4,get,a\n2,get,b\n4,get,a\n')).toMatchObject(sized)
    expect(await read('time\tobj\tobj_size\n0\ta\t4\n1\tb\t2\n2\ta\t4\n')).toMatchObject(sized)
    expect(await read('key;bytes\na;4\nb;2\na;4\n')).toMatchObject(sized)
    expect(await read('time,url\n0,a\n1,b\n2,a\n')).toMatchObject(unsized)
  })

  it('without a header are the key, and its size if it is a number', async () => {
    expect(await read('a,4\nb,2\na,4\n')).toMatchObject(sized)
    expect(await read('a,x\nb,x\na,y\n')).toMatchObject(unsized)
    expect(await read('a\nb\na\n')).toMatchObject(unsized)
  })

  it('can be named, or numbered where there is no header', async () => {
    const named = 'w,who,key\n4,a,1\n2,b,2\n4,a,3\n'
    expect(await read(named, { columnKey: 'who', columnSize: 'w' })).toMatchObject(sized)
    expect(await read('9,a,4\n9,b,2\n9,a,4\n', { columnKey: 2, columnSize: 3 })).toMatchObject(sized)
  })

  it('may be quoted', async () => {
    expect(await read('key,size\n"a,""1""",4\n"b",2\n"a,""1""",4\n')).toMatchObject(sized)
    expect(await read('key,size\n"a",4\nb,2\na,4\n')).toMatchObject(sized)
  })
})

describe('keys', () => {
  it('of a number trace can be strings, of a text trace numbers', async () => {
    using folder = new TraceFolder()
    const seen: unknown[] = []
    const numbers = folder.file('n.u32', u32([7, 4_294_967_295, 7]))
    const text = folder.file('t.txt', '7\n4294967295\n7\n9007199254740991\n')
    for (const [file, keys] of [
      [numbers, undefined],
      [numbers, 'string'],
      [text, undefined],
      [text, 'number'],
    ] as const) {
      const report = await simulate({
        traces: [file],
        policies: ['lru', 'optimum'],
        sizes: [1, 2],
        ...(keys && { keys }),
      })
      seen.push(report.traces[0]!.cells.map((cell) => cell.hits))
    }
    expect(seen).toEqual(Array(4).fill([0, 1, 1, 1]))
  })
})
