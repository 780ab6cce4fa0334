import { constants, gzipSync, zstdCompressSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { simulate, type TraceInput } from '../../src/simulate/index.ts'
import { skewedKeys, TraceFolder, u32 } from './trace-folder.ts'

async function failure(trace: TraceInput, keys?: 'number' | 'string'): Promise<string> {
  const outcome = await simulate({ traces: [trace], policies: ['lru'], sizes: [10], ...(keys && { keys }) }).then(
    () => 'no failure',
    (error: unknown) => error,
  )
  expect(outcome).toMatchObject({ name: 'TerraceError', code: 'ERR_TRACE_INVALID' })
  const { message } = outcome as Error
  expect(message).not.toContain('\n')
  return message
}

function flipped(bytes: Buffer, at: number): Buffer {
  const copy = Buffer.from(bytes)
  copy[at] = copy[at]! ^ 0xff
  return copy
}

describe('a trace that cannot be read', () => {
  it('is missing, or no file', async () => {
    using folder = new TraceFolder()
    expect(await failure(`${folder.path}/none.txt`)).toBe(`${folder.path}/none.txt: cannot be opened (no such file)`)
    expect(await failure(folder.path)).toBe(`${folder.path}: is a directory`)
  })

  it('has no requests', async () => {
    using folder = new TraceFolder()
    for (const name of ['a.u32', 'a.txt', 'a.csv'])
      expect(await failure(folder.file(name, ''))).toBe('a: holds no requests')
    expect(await failure(folder.file('b.txt', '\n\r\n'))).toBe('b: holds no requests')
    expect(await failure(folder.file('c.csv', 'key,size\n'))).toBe('c: holds no requests')
    expect(await failure({ name: 'd', keys: [] })).toBe('d: holds no requests')
  })

  it('is an archive that is damaged, cut short, or followed by something else', async () => {
    using folder = new TraceFolder()
    const bytes = u32(skewedKeys(200_000, 100_000))
    const archives = {
      gzip: gzipSync(bytes),
      zstd: zstdCompressSync(bytes, { params: { [constants.ZSTD_c_checksumFlag]: 1 } }),
    }
    for (const [kind, archive] of Object.entries(archives)) {
      const middle = archive.length >> 1
      for (const broken of [
        flipped(archive, middle),
        archive.subarray(0, middle),
        archive.subarray(0, archive.length - 1),
      ]) {
        const path = folder.file(`x.u32.${kind}`, broken)
        expect(await failure({ path, format: 'u32' })).toMatch(
          new RegExp(`^${path}, (near|at) byte \\d+ of the file: (damaged or )?incomplete ${kind} data \\(.+\\)$`),
        )
      }
      const path = folder.file(`y.u32.${kind}`, Buffer.concat([archive, Buffer.from('and more')]))
      expect(await failure({ path, format: 'u32' })).toContain(path)
    }
  })

  it('is a zstd archive with a checksum in which any byte is wrong; without one, nobody can tell', async () => {
    using folder = new TraceFolder()
    const text = Buffer.from(Array.from({ length: 300 }, (_, i) => `key${(i * i) % 97}`).join('\n'))
    const accepted = async (checksum: 0 | 1): Promise<number> => {
      const archive = zstdCompressSync(text, { params: { [constants.ZSTD_c_checksumFlag]: checksum } })
      let count = 0
      // Behind the first four bytes, which make a zstd archive of it.
      for (let at = 4; at < archive.length; at++) {
        const path = folder.file('x.txt', flipped(archive, at))
        const replayed = simulate({ traces: [path], policies: ['lru'], sizes: [10] })
        await replayed.then(
          () => count++,
          (error: unknown) => expect(error).toMatchObject({ code: 'ERR_TRACE_INVALID' }),
        )
      }
      return count
    }
    expect(await accepted(1)).toBe(0)
    // The page says so: should this ever be 0, it may say more.
    expect(await accepted(0)).toBeGreaterThan(0)
  })

  it('is no multiple of four bytes long', async () => {
    using folder = new TraceFolder()
    const path = folder.file('x.u32', u32([1, 2, 3]).subarray(0, 10))
    expect(await failure(path)).toBe(`${path}, at its end: 2 bytes left over: its length is no multiple of 4`)
  })

  it('has a line longer than 1 MiB, in one piece or in many', async () => {
    using folder = new TraceFolder()
    const long = 'x'.repeat(1024 * 1024 + 1)
    for (const content of [`a\nb\n${long}\nc\n`, `a\nb\n${long}`]) {
      const path = folder.file('x.txt', content)
      expect(await failure(path)).toBe(`${path}, line 3: the line is longer than 1 MiB`)
    }
    const path = folder.file('y.txt.gz', gzipSync(Buffer.alloc(50_000_000, 'x')))
    expect(await failure(path)).toBe(`${path}, line 1: the line is longer than 1 MiB`)
  })

  it('is UTF-16', async () => {
    using folder = new TraceFolder()
    const path = folder.file('x.txt', Buffer.from('\ufeffa\nb\n', 'utf16le'))
    expect(await failure(path)).toBe(`${path}, at its beginning: is UTF-16 text; save it as UTF-8`)
  })

  it('has keys that are no numbers where numbers were asked for', async () => {
    using folder = new TraceFolder()
    for (const key of ['x', '-1', '1.5', '1e3', '9007199254740992', ' 1', '99999999999999999999']) {
      const path = folder.file('x.txt', `1\n${key}\n`)
      expect(await failure(path, 'number')).toBe(
        `${path}, line 2: the key '${key}' is no whole number from 0 to 2^53 - 1; use string keys`,
      )
    }
    for (const key of [-1, 1.5, Number.NaN, 2 ** 53]) {
      expect(await failure({ name: 'm', keys: [1, key] })).toMatch(/^m, request 2: a key must be/)
    }
    expect(await failure({ name: 'm', keys: ['1'] }, 'number')).toMatch(/^m, request 1: a key must be/)
  })

  it('has columns that are missing, unclosed or no sizes', async () => {
    using folder = new TraceFolder()
    const reason = async (content: string, options: object = {}): Promise<string> => {
      const path = folder.file('x.csv', content)
      return (await failure({ path, ...options })).slice(path.length + 2)
    }
    expect(await reason('key,size\na,1\nb,2 KB\n')).toBe("line 3: the size '2 KB' is no whole number of bytes")
    expect(await reason('key,size\na,1\n\nb\n')).toBe('line 4: 1 columns, where at least 2 are needed')
    expect(await reason('key,size\n"a,1\n')).toBe('line 2: a quoted field is not closed on its line')
    expect(await reason('a,b,c\n1,2,3\n')).toBe("line 1: cannot tell which column is the key of 'a', 'b', 'c'; name it")
    expect(await reason('user,ip\n1,2\n', { columnKey: 'usr' })).toBe(
      "line 1: there is no column 'usr' for the key. Did you mean 'user'?",
    )
    expect(await reason('1,2\n', { columnKey: 3 })).toBe("line 1: there is no column '3' for the key. It has '1', '2'.")
    expect(await reason('1,2\n', { columnKey: 2, columnSize: 2 })).toBe(
      'line 1: column 2 cannot be both the key and the size',
    )
  })

  it('has sizes that do not fit its keys', async () => {
    expect(await failure({ name: 'm', keys: [1, 2], sizes: [1] })).toBe('m: 2 keys but 1 sizes')
    expect(await failure({ name: 'm', keys: [1, 2], sizes: [1, -1] })).toBe(
      'm, request 2: a size must be a whole number of bytes',
    )
  })
})
