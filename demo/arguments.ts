import { parseArgs } from 'node:util'

export interface Arguments {
  /** Serve a fixed number of requests, then print the summary as JSON. */
  readonly once: boolean
  /** Replay a recorded trace instead of generated traffic. */
  readonly trace: string | undefined
  /** How long the demo runs, when not `once`. */
  readonly seconds: number
  readonly help: boolean
}

export const USAGE = `npm start -- [--once] [--trace FILE] [--seconds N]

  --once         serve a fixed number of requests, print the summary as JSON, exit
  --trace FILE   replay a recorded trace: .u32.gz, text with one key a line, or CSV
  --seconds N    how long to run, 2 to 3600 (default 30)`

/** @throws Error that says what is wrong with the command line */
export function readArguments(args: readonly string[]): Arguments {
  const { values } = parseArgs({
    args: [...args],
    options: {
      once: { type: 'boolean', default: false },
      trace: { type: 'string' },
      seconds: { type: 'string', default: '30' },
      help: { type: 'boolean', default: false },
    },
  })
  const seconds = Number(values.seconds)
  if (!(seconds >= 2 && seconds <= 3600)) {
    throw new Error(`--seconds: expected a number from 2 to 3600, got '${values.seconds}'`)
  }
  return { once: values.once, trace: values.trace, seconds, help: values.help }
}
