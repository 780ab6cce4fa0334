import { parseArgs } from 'node:util'

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

function whole(name: string, text: string, least: number, most: number): number {
  const number = Number(text)
  if (text.trim() !== '' && Number.isInteger(number) && number >= least && number <= most) return number
  throw new Error(`--${name}: expected a whole number from ${least} to ${most}, got '${text}'`)
}

/** @throws Error that says what is wrong with the command line */
export function readArguments(args: readonly string[]): Arguments {
  const { values } = parseArgs({
    args: [...args],
    options: {
      chaos: { type: 'boolean', default: false },
      seconds: { type: 'string', default: '60' },
      rate: { type: 'string', default: '300' },
      seed: { type: 'string', default: '1' },
      port: { type: 'string', default: '8600' },
      json: { type: 'string' },
      database: { type: 'string', default: 'auto' },
      sabotage: { type: 'string', default: '0' },
      help: { type: 'boolean', default: false },
    },
  })
  const { chaos, json, database, help } = values
  if (database !== 'auto' && database !== 'postgres' && database !== 'embedded') {
    throw new Error(`--database: expected postgres, embedded or auto, got '${database}'`)
  }
  return {
    chaos,
    json,
    database,
    help,
    seconds: whole('seconds', values.seconds, 5, 86_400),
    rate: whole('rate', values.rate, 1, 20_000),
    seed: whole('seed', values.seed, 0, 2 ** 32 - 1),
    port: whole('port', values.port, 0, 65_535),
    sabotage: whole('sabotage', values.sabotage, 0, 3),
  }
}
