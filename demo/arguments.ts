import { parseArgs } from 'node:util'

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
  readonly help: boolean
}

export const USAGE = `npm start -- [--redis URL] [--memcached HOSTS] [--once] [--trace FILE] [--seconds N]

  --redis URL         a Redis below memory: redis://localhost:6379
  --memcached HOSTS   Memcached below memory: localhost:11211, several with commas; with both, Redis is the deepest
                      (with neither: a file in a temporary folder, removed at the end)
  --once              serve a fixed number of requests, print the summary as JSON, exit
  --trace FILE        replay a recorded trace: .u32.gz, text with one key a line, or CSV
  --seconds N         how long to run, 2 to 3600 (default 30)`

/** @throws Error that says what is wrong with the command line */
export function readArguments(args: readonly string[]): Arguments {
  const { values } = parseArgs({
    args: [...args],
    options: {
      once: { type: 'boolean', default: false },
      trace: { type: 'string' },
      redis: { type: 'string' },
      memcached: { type: 'string' },
      seconds: { type: 'string', default: '30' },
      help: { type: 'boolean', default: false },
    },
  })
  const seconds = Number(values.seconds)
  if (!(seconds >= 2 && seconds <= 3600)) {
    throw new Error(`--seconds: expected a number from 2 to 3600, got '${values.seconds}'`)
  }
  const { once, trace, redis, memcached, help } = values
  return { once, trace, redis, memcached, seconds, help }
}
