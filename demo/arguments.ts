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
      port: { type: 'string' },
      'no-pages': { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  const seconds = Number(values.seconds)
  if (!(seconds >= 2 && seconds <= 3600)) {
    throw new Error(`--seconds: expected a number from 2 to 3600, got '${values.seconds}'`)
  }
  const port = values.port === undefined ? undefined : Number(values.port)
  if (port !== undefined && !(Number.isInteger(port) && port >= 0 && port <= 65_535)) {
    throw new Error(`--port: expected a number from 0 to 65535, got '${values.port}'`)
  }
  const { once, trace, redis, memcached, help } = values
  const pages = !once && !values['no-pages']
  return { once, trace, redis, memcached, seconds, port, pages, help }
}
