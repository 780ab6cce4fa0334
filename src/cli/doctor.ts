import { jsonText, printable, wrappedText } from '../printable.ts'
import { type Colours, coloursFor } from './colours.ts'
import { CommandError } from './command-error.ts'
import type { Finding, Findings, Verdict } from './doctor/finding.ts'
import { wholeNumber } from './flag-values.ts'
import type { Flags } from './flags.ts'
import { STORE_HELP, type StoreTarget, shardsIn, storeFlags } from './store-flags.ts'
import { readTargetOf } from './target.ts'
import type { Verb } from './verb.ts'

const HELP = `Usage: terrace doctor TARGET [options]

Looks at a server, as it runs, for what Terrace needs of it, and says what was
found, why it matters and what to change: reachability, latency, version, memory
and eviction, persistence, replicas, the slots of a cluster, clocks, rights, the
feed; of Memcached also item versions, item size and the LRU crawler.

TARGET is redis://host:6379 (one node is enough of a cluster),
memcached://host:11211,host:11211, or the path of a disk level's file. Every step
of a level is tried out for real: what that writes is apart from your data, and
removed again.

${STORE_HELP}  --pings N           how many answers are timed, for each server (default: 100)
  --strict            exit code 1 for warnings, too
  --verbose           also say why what is in order matters
  --json              print what was found as JSON
  -h, --help          show this

Exit codes: 0 nothing fails, 1 something does, 2 not understood.

Examples:
  terrace doctor redis://localhost:6379
  terrace doctor rediss://ops:secret@cache:6380 --prefix shop:
  terrace doctor memcached://cache1,cache2,cache3 --strict
  terrace doctor redis://cache:6379 --json | jq '.findings[] | select(.verdict != "ok")'
`

/** `terrace doctor`. */
export const verb: Verb = {
  help: HELP,
  flags: { ...storeFlags, pings: 'one', strict: 'switch', verbose: 'switch', json: 'switch', help: 'switch' },
  run,
}

async function run(flags: Flags): Promise<number> {
  const target = readTargetOf(flags.rest[0], ['redis', 'memcached', 'disk'], 'doctor')
  if (flags.rest.length > 1) throw CommandError.usage('doctor looks at one target at a time')
  const pings = flags.has('pings') ? wholeNumber(flags, 'pings', 1, 100_000) : 100
  const { all } = await examine(target, flags, pings)
  const count = (verdict: Verdict): number => all.filter((finding) => finding.verdict === verdict).length
  const [fails, warns] = [count('fail'), count('warn')]
  const ok = fails === 0 && (warns === 0 || !flags.has('strict'))
  if (flags.has('json')) {
    process.stdout.write(`${jsonText({ target: target.shown, ok, fails, warnings: warns, findings: all }, 2)}\n`)
  } else process.stdout.write(findingsText(target.shown, all, flags.has('verbose'), coloursFor(process.stdout)))
  return ok ? 0 : 1
}

async function examine(target: StoreTarget, flags: Flags, pings: number): Promise<Findings> {
  const prefix = flags.one('prefix')
  const naming = { prefix, shards: shardsIn(flags) }
  if (target.kind === 'redis') return (await import('./doctor/redis.ts')).examineRedis(target, naming, pings)
  if (target.kind === 'memcached') {
    return (await import('./doctor/memcached.ts')).examineMemcached(target, prefix, pings)
  }
  return (await import('./doctor/disk.ts')).examineDisk(target, pings)
}

const PAINTS = { ok: 'green', warn: 'yellow', fail: 'red', skip: 'dim' } as const
const INDENT = ' '.repeat(6)
const WIDEST = 100

function findingsText(shown: string, findings: readonly Finding[], isVerbose: boolean, colours: Colours): string {
  const width = Math.max(40, Math.min(WIDEST, process.stdout.columns || WIDEST))
  const wrapped = (text: string): string =>
    wrappedText(printable(text), width - INDENT.length)
      .map((line) => `${INDENT}${line}\n`)
      .join('')
  let text = `${colours.bold(printable(shown))}\n`
  let server: string | null = null
  for (const { check, server: own, verdict, found, why, change } of findings) {
    if (own !== server && own !== null) text += `\n${colours.bold(printable(own, 200))}\n`
    server = own
    const [first = '', ...rest] = wrappedText(`${check}: ${printable(found)}`, width - INDENT.length)
    text += `${colours[PAINTS[verdict]](verdict.padEnd(4))}  ${first}\n`
    text += rest.map((line) => `${INDENT}${line}\n`).join('')
    if (change === null && !isVerbose) continue
    text += paintedLines(wrapped(why), colours)
    if (change !== null) text += wrapped(`→ ${change}`)
  }
  const count = (verdict: Verdict): number => findings.filter((finding) => finding.verdict === verdict).length
  const parts = [`${count('ok')} in order`, `${count('warn')} to look at`, `${count('fail')} that fail`]
  return `${text}\n${parts.join(', ')}\n`
}

function paintedLines(text: string, colours: Colours): string {
  return text.replaceAll(/^.+$/gm, (line) => colours.dim(line))
}
