import { CommandError } from '../src/cli/command-error.ts'
import { wholeNumber } from '../src/cli/flag-values.ts'
import { type FlagSchema, Flags } from '../src/cli/flags.ts'

export interface Arguments {
  /** Serve a fixed number of requests, then print the summary as JSON. */
  readonly once: boolean
  /** Replay a recorded trace instead of generated traffic. */
  readonly trace: string | undefined
  /** A Redis to use as a level. */
  readonly redis: string | undefined
  /** Memcached servers to use as a level: `host:port`, with commas. */
  readonly memcached: string | undefined
  /** How long the demo runs, when not `once`. */
  readonly seconds: number
  /** Where its pages are; `undefined`: the usual port. */
  readonly port: number | undefined
  /** Whether it has pages. */
  readonly pages: boolean
  readonly help: boolean
}

export const USAGE = `npm start -- [--redis URL] [--memcached HOSTS] [--once] [--trace FILE] [--seconds N] [--port N | --no-pages]

  --redis URL         a Redis below memory: redis://localhost:6379
  --memcached HOSTS   Memcached below memory: localhost:11211, several with commas; with both, Redis is the deepest
                      (with neither: a file in a temporary folder, removed at the end)
  --once              serve a fixed number of requests, print the summary as JSON, exit
  --trace FILE        replay a recorded trace: .u32.gz, text with one key a line, or CSV
  --seconds N         how long to run, 2 to 3600 (default 30)
  --port N            where its dashboard and the playground are (default: 7070, or any that is free)
  --no-pages          neither of them`

const FLAGS: FlagSchema = {
  once: 'switch',
  trace: 'one',
  redis: 'one',
  memcached: 'one',
  seconds: 'one',
  port: 'one',
  'no-pages': 'switch',
  help: 'switch',
}

/** @throws CommandError that says what is wrong with the command line */
export function readArguments(args: readonly string[]): Arguments {
  const flags = Flags.alone(FLAGS, args)
  const seconds = Number(flags.one('seconds') ?? '30')
  if (!(seconds >= 2 && seconds <= 3600)) {
    throw CommandError.usage(`--seconds: expected a number from 2 to 3600, got '${flags.one('seconds')}'`)
  }
  const once = flags.has('once')
  return {
    once,
    trace: flags.one('trace'),
    redis: flags.one('redis'),
    memcached: flags.one('memcached'),
    seconds,
    port: flags.has('port') ? wholeNumber(flags, 'port', 0, 65_535) : undefined,
    pages: !once && !flags.has('no-pages'),
    help: flags.has('help'),
  }
}
