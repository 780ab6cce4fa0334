import { requireWord, wholeNumber } from '../src/cli/flag-values.ts'
import { type FlagSchema, Flags } from '../src/cli/flags.ts'

export interface Arguments {
  readonly seconds: number
  /** Reads a second. */
  readonly rate: number
  readonly chaos: boolean
  readonly seed: number
  /** Where the page is, and the shop: 0 for a free port. */
  readonly port: number
  /** Where the report is written. */
  readonly json: string | undefined
  readonly database: 'auto' | 'postgres' | 'embedded'
  /** The app server that is broken on purpose: 1 to 3, 0 for none. */
  readonly sabotage: number
  readonly help: boolean
}

export const USAGE = `npm run topology -- [--chaos] [--seconds N] [--rate N] [--seed N] [--port N] [--json FILE]

Starts a load balancer, three app servers with their caches, a Redis Cluster, three Memcached nodes and a
database on this machine, sends load through all of it, and shows it on one page.

  --chaos         kill and freeze parts on a schedule
  --seconds N     how long the load goes on, 5 to 86400 (default 60), and until the chaos is over; Ctrl-C ends it before
  --rate N        reads a second, 1 to 20000 (default 300); one write for every 50 reads
  --seed N        what the load and the chaos follow from (default 1)
  --port N        of the page, on 127.0.0.1 (default 8600; 0: a free one)
  --json FILE     write the report there, too
  --database D    postgres, embedded, or auto: PostgreSQL where it is installed (default)
  --sabotage N    let app server N acknowledge writes that it has told nobody of: the report must show it

Ends with 0 if every reader got an answer and no stale value was served, with 1 if not, with 2 if it could not be tried.`

const FLAGS: FlagSchema = {
  chaos: 'switch',
  seconds: 'one',
  rate: 'one',
  seed: 'one',
  port: 'one',
  json: 'one',
  database: 'one',
  sabotage: 'one',
  help: 'switch',
}

const DATABASES = ['auto', 'postgres', 'embedded'] as const

/** @throws CommandError that says what is wrong with the command line */
export function readArguments(args: readonly string[]): Arguments {
  const flags = Flags.alone(FLAGS, args)
  const whole = (name: string, least: number, most: number, fallback: number): number =>
    flags.has(name) ? wholeNumber(flags, name, least, most) : fallback
  return {
    chaos: flags.has('chaos'),
    json: flags.one('json'),
    database: requireWord(flags.one('database') ?? 'auto', DATABASES, 'a database'),
    help: flags.has('help'),
    seconds: whole('seconds', 5, 86_400, 60),
    rate: whole('rate', 1, 20_000, 300),
    seed: whole('seed', 0, 2 ** 32 - 1, 1),
    port: whole('port', 0, 65_535, 8600),
    sabotage: whole('sabotage', 0, 3, 0),
  }
}
