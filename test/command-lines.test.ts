import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { TraceFolder, u32 } from './simulate/trace-folder.ts'

const ROOT = fileURLToPath(new URL('..', import.meta.url))

/** Runs a program of this repository to its end. */
function run(file: string, ...args: readonly string[]): Promise<{ code: number; out: string; err: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [file, ...args], { cwd: ROOT }, (error, out, err) =>
      resolve({ code: error === null ? 0 : Number(error.code), out, err }),
    )
  })
}

describe.each([
  ['topology/main.ts', '--choas', '--chaos'],
  ['bench/run.mjs', '--qiuck', '--quick'],
  ['scripts/fuzz.ts', '--sede', '--seed'],
  ['scripts/universes.ts', '--memcache', '--memcached'],
  ['scripts/fuzz-frames.ts', '--cuont', '--count'],
  ['scripts/observer-cost.ts', '--pair', '--pairs'],
  ['scripts/page-soak.ts', '--minuets', '--minutes'],
  ['scripts/scale.ts', '--node', '--nodes'],
])('%s', (file, typed, meant) => {
  it('says which flag was meant, and does nothing', async () => {
    const { code, out, err } = await run(file, typed)
    expect(err.split('\n')[0]).toBe(`unknown flag '${typed}'. Did you mean '${meant}'?`)
    expect([code, out]).toEqual([2, ''])
  })

  it('takes no other words', async () => {
    const { code, out, err } = await run(file, 'chaos')
    expect(err.split('\n')[0]).toBe("expected flags alone, got 'chaos'. See --help.")
    expect([code, out]).toEqual([2, ''])
  })

  it('tells its flags', async () => {
    const { code, out, err } = await run(file, '--help')
    expect(out).toContain(meant)
    expect([code, err]).toEqual([0, ''])
  })
})

describe('scripts/reference.ts', () => {
  it.each([
    [['--sed'], "unknown flag '--sed'. Did you mean '--seed'?"],
    [['a', 'b'], "unexpected 'b'. See --help."],
    [['no/such/folder'], 'There is no reference.json with traces in no/such/folder.'],
  ])('%j says what it needs, and ends with 2', async (args, message) => {
    const { code, out, err } = await run('scripts/reference.ts', ...args)
    expect(err).toContain(message)
    expect(err).toContain('npm run simulate:reference -- [FOLDER] [--seed N]')
    expect([code, out]).toEqual([2, ''])
  })

  it('says which traces a folder lacks', async () => {
    using folder = new TraceFolder()
    folder.file('reference.json', JSON.stringify({ traces: { tiny: { 2: {} }, small: { 3: {} } } }))
    folder.file('small.u32.gz', gzipSync(u32([1])))
    const { code, err } = await run('scripts/reference.ts', folder.path)
    expect(err).toContain(`${folder.path} has no tiny.u32.gz, of which reference.json tells.`)
    expect(code).toBe(2)
  })

  it('holds the hit ratios on the traces of a folder against its figures', async () => {
    using folder = new TraceFolder()
    const ratios = { OPT: 50, LRU: 25, FIFO: 25, LFU: 25, SIEVE: 99, RANDOM: 25, 'S3-FIFO': 25, 'Caffeine-HEAD': 25 }
    folder.file('tiny.u32.gz', gzipSync(u32([0, 0, 1, 2])))
    folder.file('reference.json', JSON.stringify({ traces: { tiny: { 2: ratios } } }))
    const { code, out } = await run('scripts/reference.ts', folder.path)
    expect(out).toContain('PASS  lru equals LRU on every cell: 1 cells equal')
    expect(out).toContain('FAIL  sieve equals SIEVE on every cell: tiny at 2: 25.000')
    expect(code).toBe(1)
  })
})

it.each([
  ['topology/main.ts', ['--rate', '0'], "--rate: expected a whole number from 1 to 20000, got '0'"],
  [
    'topology/main.ts',
    ['--database', 'postgress'],
    "(auto, postgres, embedded), got 'postgress'. Did you mean 'postgres'?",
  ],
  ['topology/main.ts', ['--json'], '--json needs a value'],
  ['bench/run.mjs', ['--rounds', 'many'], '--rounds: "many" is no count'],
  ['scripts/fuzz.ts', ['--seed', '-1'], '--seed needs a value'],
  ['scripts/fuzz.ts', ['--seed=-1'], "--seed: expected a whole number from 0 to 4294967296, got '-1'"],
  ['scripts/page-soak.ts', ['--view', 'key'], "got 'key'. Did you mean 'keys'?"],
  ['scripts/scale.ts', ['--loss', '2'], "--loss: expected a share from 0 to 1, got '2'"],
])('%s %j says what it expected', async (file, args, message) => {
  const { code, err } = await run(file, ...args)
  expect(err).toContain(message)
  expect(code).not.toBe(0)
})
