import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { policies } from '../../src/policies/index.ts'
import { simulate } from '../../src/simulate/index.ts'
import { skewedKeys, TraceFolder, u32 } from '../simulate/trace-folder.ts'
import { expectHelp } from './expect-help.ts'
import { outcome, startInterrupted, terrace } from './terrace.ts'

const keys = skewedKeys(5000, 500)
/** Every policy, and the optimum. */
const all = ['optimum', ...Object.keys(policies)]
const csv = `when,who,what\n${keys.map((key, i) => `${i},${key},${(key % 7) * 100}`).join('\n')}\n`

describe('terrace simulate', () => {
  it('tells how it is used', async () => {
    await expectHelp('simulate', [
      'policy',
      'size',
      'keys',
      'format',
      'column-key',
      'column-size',
      'json',
      'html',
      'seed',
      'quiet',
      'help',
    ])
  })

  it('prints a table of every policy at five sizes', async () => {
    using folder = new TraceFolder()
    const { code, out, err } = await terrace('simulate', folder.file('web.u32.gz', gzipSync(u32(keys))))
    expect({ code, err }).toEqual({ code: 0, err: '' })
    const lines = out.trimEnd().split('\n')
    expect(lines[0]).toMatch(/^web: 5,000 requests, \d+ distinct keys$/)
    expect(lines[1]).toMatch(/^ {2}hit ratio % +0\.1% = 1 +1% = \d+ +5% = \d+ +10% = \d+ +25% = \d+ +mean$/)
    expect(
      lines
        .slice(2)
        .map((line) => line.trim().split(' ')[0]!)
        .toSorted(),
    ).toEqual(all.toSorted())
    expect(lines[2]).toContain('optimum')
  })

  it('prints JSON that is the report of simulate()', async () => {
    using folder = new TraceFolder()
    const path = folder.file('log.csv', csv)
    const columns = ['--column-key', 'who', '--column-size', 'what']
    const flags = ['--policy', 'lru,random', '--policy', 'sieve', '--size', '10, 5%', '--size=20kb', '--seed', '9']
    const { code, out, err } = await terrace('simulate', path, ...columns, ...flags, '--json', '-')
    expect({ code, err }).toEqual({ code: 0, err: '' })
    const report = await simulate({
      traces: [{ path, columnKey: 'who', columnSize: 'what' }],
      policies: ['lru', 'random', 'sieve'],
      sizes: ['10', '5%', '20kb'],
      seed: 9,
    })
    const timeless = (name: string, value: unknown): unknown => (name === 'seconds' ? 0 : value)
    expect(JSON.parse(out, timeless)).toEqual(JSON.parse(JSON.stringify(report), timeless))
  })

  it.each([
    ['curves', ['simulate'], ['--size', '10']],
    ['levels', ['simulate'], ['--levels', 'memory 10']],
    ['advice', ['advise'], ['--budget', '40', '--source', '20ms']],
  ])('passes no name of a file to the terminal as it is: %s', async (_, [verb], flags) => {
    using folder = new TraceFolder()
    const name = 'a\x1b[2J\x9b31m\u202e\nb'
    const trace = folder.file(`${name}.txt`, keys.join('\n'))
    const html = join(folder.path, 'page.html')
    const table = await terrace(verb!, trace, ...flags, '--html', html)
    expect(table).toMatchObject({ code: 0, err: '' })
    const shown = 'a\\x1b[2J\\x9b31m\\u202e\\nb'
    const json = await terrace(verb!, trace, ...flags, '--json', '-')
    for (const text of [table.out, readFileSync(html, 'utf8')]) expect(text).toContain(shown)
    for (const text of [table.out, readFileSync(html, 'utf8'), json.out]) {
      expect(text.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}]/u)
    }
    const report = JSON.parse(json.out)
    expect((report.traces?.[0] ?? report).trace).toBe(name)
  })

  it('writes JSON and curves to files beside the table', async () => {
    using folder = new TraceFolder()
    const [json, html] = [join(folder.path, 'report.json'), join(folder.path, 'curves.html')]
    const text = folder.file('web', keys.join('\n'))
    const { code, out } = await terrace(
      'simulate',
      text,
      text,
      '--keys',
      'number',
      '--size',
      '50',
      '--json',
      json,
      '--html',
      html,
    )
    expect(code).toBe(0)
    expect(out).toContain('mean of all traces')
    const { traces } = JSON.parse(readFileSync(json, 'utf8'))
    expect(traces.map(({ trace }: { trace: string }) => trace)).toEqual(['web', 'web (2)'])
    expect(readFileSync(html, 'utf8')).toMatch(/^<!doctype html>/)
  })

  it('tells what is wrong in one line: 2 for what it does not understand, 1 for what it cannot do', async () => {
    using folder = new TraceFolder()
    const web = folder.file('web.txt', keys.join('\n'))
    const gone = join(folder.path, 'gone.txt')
    const bad = folder.file('bad.gz', gzipSync(u32(keys)).subarray(0, 300))
    const many = Array.from({ length: 60 }, (_, i) => i + 1).join()
    const answers: [string[], number, string][] = [
      [[], 2, 'simulate needs at least one trace file. See terrace simulate --help.'],
      [[web, '--size'], 2, '--size needs a value'],
      [[web, '--json', '--quiet'], 2, '--json needs a value'],
      [[web, '--quiet=yes'], 2, '--quiet takes no value'],
      [[web, '--seed', 'x'], 2, "--seed: expected a whole number, got 'x'"],
      [[gone], 1, `${gone}: cannot be opened (no such file)`],
      [[web, folder.path], 1, `${folder.path}: is a directory`],
      [
        [bad, '--size', '10'],
        1,
        `${bad}, near byte 300 of the file: damaged or incomplete gzip data (unexpected end of file)`,
      ],
      [
        [web, '--size', '0'],
        2,
        "simulate: sizes: expected a size such as 1000 (entries, at most 16777215), '1%' (of the distinct keys) or '64mb', got '0' (string)",
      ],
      [[web, '--size', '1mb'], 2, "simulate: the size '1mb' is in bytes, but web has no sizes"],
      [[web, '--size', many], 2, `simulate: ${60 * all.length} caches (policies times sizes) are more than 512`],
      [[web, '--json', join(gone, 'x.json')], 1, `cannot write ${join(gone, 'x.json')}: no such directory`],
      [[web, '--html', folder.path], 1, `cannot write ${folder.path}: it is a directory`],
    ]
    for (const [args, code, message] of answers) {
      expect(await terrace('simulate', ...args)).toEqual({ code, out: '', err: `terrace: ${message}\n` })
    }
    const unknown = await terrace('simulate', web, '--policy', 'lur2')
    expect(unknown).toMatchObject({ code: 2, out: '' })
    expect(unknown.err).toMatch(/^terrace: simulate: policies: expected one of 'optimum', .*\n$/)
  })

  it('ends on Ctrl-C with 130, in good order and without results', async () => {
    using folder = new TraceFolder()
    const html = join(folder.path, 'curves.html')
    const path = folder.file('long.txt', `${keys.join('\n')}\n`.repeat(2000))
    const child = startInterrupted('simulate', path, '--html', html)
    expect(await outcome(child)).toEqual({ code: 130, out: '', err: '' })
    expect(existsSync(html)).toBe(false)
  })
})
