import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { adviceText, advise, simulateLevels } from '../../src/simulate/index.ts'
import { skewedKeys, TraceFolder } from '../simulate/trace-folder.ts'
import { expectHelp } from './expect-help.ts'
import { outcome, startInterrupted, terrace } from './terrace.ts'

const keys = skewedKeys(3000, 400)
const text = keys.join('\n')
const timeless = (name: string, value: unknown): unknown => (name === 'seconds' ? 0 : value)

describe('terrace simulate --levels', () => {
  it('prints the set-ups, a table and the conditions; writes JSON and a page', async () => {
    using folder = new TraceFolder()
    const web = folder.file('web.txt', text)
    const [json, html] = [join(folder.path, 'levels.json'), join(folder.path, 'levels.html')]
    const levels = ['memory 10/50 x3, redis 200, source 20ms cost 0.001', 'memory 150 lru']
    const flags = ['--levels', levels[0]!, '--levels', levels[1]!, '--writes', '1%', '--rate', '100', '--ttl', '20s']
    const { code, out, err } = await terrace(
      'simulate',
      web,
      ...flags,
      '--balance',
      'turns',
      '--json',
      json,
      '--html',
      html,
    )
    expect({ code, err }).toEqual({ code: 0, err: '' })
    const lines = out.split('\n')
    expect(lines[0]).toBe('  1  memory 10 wTinyLfu 1us x3, redis 200 lru 0.5ms, source 20ms cost 0.001')
    expect(lines[2]).toBe('  3  memory 150 lru 1us, source 20ms cost 0.001')
    expect(out).toMatch(/ {2}Fastest: \d\. Fewest fetches: \d\. Cheapest: \d\.\n/)
    expect(out).toContain(
      '100 requests a second, evenly spread; values live 20s; 1 % of the requests find their key just changed',
    )
    expect(out).toContain('requests are spread over the servers in turns')
    const report = await simulateLevels({
      traces: [web],
      levels,
      writes: 0.01,
      rate: 100,
      ttl: '20s',
      balance: 'turns',
    })
    expect(JSON.parse(readFileSync(json, 'utf8'), timeless)).toEqual(JSON.parse(JSON.stringify(report), timeless))
    expect(readFileSync(html, 'utf8')).toMatch(/^<!doctype html>/)
  })

  it('tells what is wrong in one line: with 2', async () => {
    using folder = new TraceFolder()
    const web = folder.file('web.txt', text)
    const answers: [string[], number, string][] = [
      [['--levels'], 2, '--levels needs a value'],
      [['--levels', 'memory 5', '--policy', 'lru'], 2, "--policy is a word of --levels: --levels 'memory 64mb lru'"],
      [['--rate', '5'], 2, '--rate goes with --levels'],
      [['--levels', 'memory 5', '--rate', 'fast'], 2, "--rate: expected a number, got 'fast'"],
      [['--levels', 'memory 5', '--writes', '200%'], 2, "--writes: expected a share such as 2% or 0.02, got '200%'"],
      [['--levels', 'memory 5 redis 6'], 2, "simulateLevels: levels, character 10: a comma is missing before 'redis'"],
      [
        ['--levels', 'memory 5', '--levels', 'memroy 5'],
        2,
        "simulateLevels: levels[1]: level 1: 'memroy' needs its latency, such as 5ms (there are defaults for memory, disk, redis, valkey, memcached). Did you mean 'memory'?",
      ],
      [
        ['--levels', 'memory 5mb'],
        2,
        "simulateLevels: the size '5mb' is in bytes, but web has no sizes; give the size of a value (--value-size), such as 2kb",
      ],
      [
        ['--levels', 'memory 5', '--ttl', '5m'],
        2,
        'simulateLevels: a ttl needs the rate: how many requests come in a second',
      ],
      [
        ['--levels', 'memory 5', '--balance', 'turn'],
        2,
        "simulateLevels: balance: expected one of 'random', 'turns', 'key', got 'turn' (string). Did you mean 'turns'?",
      ],
    ]
    const outcomes = await Promise.all(answers.map(([flags]) => terrace('simulate', web, ...flags)))
    for (const [i, [, code, message]] of answers.entries()) {
      expect(outcomes[i]).toEqual({ code, out: '', err: `terrace: ${message}\n` })
    }
  })
})

describe('terrace advise', () => {
  it('tells how it is used', async () => {
    await expectHelp('advise', [
      'budget',
      'levels',
      'source',
      'servers',
      'policy',
      'goal',
      'sample',
      'rate',
      'ttl',
      'writes',
      'balance',
      'value-size',
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

  it('prints what advise() tells, as text, JSON and a page', async () => {
    using folder = new TraceFolder()
    const csv = folder.file('web.csv', `key,size\n${keys.map((key) => `${key},${100 + (key % 7) * 50}`).join('\n')}\n`)
    const html = join(folder.path, 'advice.html')
    const flags = [
      '--budget',
      '40KB',
      '--servers',
      '2',
      '--source',
      '30ms cost 0.01',
      '--policy',
      'lru,sieve',
      '--goal',
      'cost',
    ]
    const advice = await advise({
      trace: csv,
      budget: '40kb',
      servers: 2,
      source: '30ms cost 0.01',
      policies: ['lru', 'sieve'],
      goal: 'cost',
      seed: 7,
    })
    const plain = await terrace('advise', csv, ...flags, '--seed', '7', '--html', html)
    expect(plain).toEqual({ code: 0, err: '', out: adviceText(advice) })
    expect(readFileSync(html, 'utf8')).toContain(advice.best.setup)
    const json = await terrace('advise', csv, ...flags, '--seed', '7', '--json', '-')
    expect(JSON.parse(json.out)).toEqual(advice)
  })

  it('tells what is wrong in one line: 2 for what it does not understand, 1 for a file', async () => {
    using folder = new TraceFolder()
    const web = folder.file('web.txt', text)
    const gone = join(folder.path, 'gone.txt')
    const answers: [string[], number, string][] = [
      [['--budget', '5'], 2, 'advise needs one trace file. See terrace advise --help.'],
      [[web, web, '--budget', '5'], 2, 'advise needs one trace file. See terrace advise --help.'],
      [[web], 2, 'advise needs a budget, such as --budget 512mb'],
      [[web, '--budgt', '5'], 2, "unknown flag '--budgt'. Did you mean '--budget'?"],
      [[web, '--budget', '5', '--servers', 'x'], 2, "--servers: expected a whole number, got 'x'"],
      [[gone, '--budget', '5'], 1, `${gone}: cannot be opened (no such file)`],
      [
        [web, '--budget', '5mb'],
        2,
        "advise: the budget '5mb' is in bytes, but web has no sizes; give the size of a value (--value-size), such as 2kb",
      ],
      [
        [web, '--budget', '500', '--goal', 'cost'],
        2,
        "advise: the goal 'cost' needs something that costs: --source '20ms cost 0.00001', or a price of memory",
      ],
      [[web, '--budget', '5', '--html', folder.path], 1, `cannot write ${folder.path}: it is a directory`],
    ]
    const outcomes = await Promise.all(answers.map(([args]) => terrace('advise', ...args)))
    for (const [i, [, code, message]] of answers.entries()) {
      expect(outcomes[i]).toEqual({ code, out: '', err: `terrace: ${message}\n` })
    }
  })

  it('ends on Ctrl-C with 130, in good order and without results', async () => {
    using folder = new TraceFolder()
    const html = join(folder.path, 'advice.html')
    const path = folder.file('long.txt', `${text}\n`.repeat(1000))
    const child = startInterrupted('advise', path, '--budget', '100', '--html', html)
    expect(await outcome(child)).toEqual({ code: 130, out: '', err: '' })
    expect(existsSync(html)).toBe(false)
  })
})
