#!/usr/bin/env node
import { readFileSync } from 'node:fs'
import { TerraceError } from '../errors.ts'
import { nearest } from '../options.ts'
import { CommandError } from './command-error.ts'
import { Flags } from './flags.ts'
import { simulateVerb } from './simulate.ts'

type Verb = (args: readonly string[]) => Promise<number>

const verbs: Readonly<Record<string, Verb>> = { simulate: simulateVerb }

const HELP = `Usage: terrace VERB [options]

  simulate TRACE...   replay request traces against real caches, print hit ratios

  -h, --help          show this; terrace VERB --help tells about a verb
  --version           show the version
`

/** Runs the command line: returns the exit code (0 done, 1 could not be done, 2 not understood, 130 interrupted). */
async function run(args: readonly string[]): Promise<number> {
  const [verb, ...rest] = args
  if (verb !== undefined && !verb.startsWith('-')) {
    if (Object.hasOwn(verbs, verb)) return await verbs[verb]!(rest)
    const near = nearest(verb, Object.keys(verbs))
    throw CommandError.usage(
      `unknown verb '${verb}'.${near === undefined ? ' See --help.' : ` Did you mean '${near}'?`}`,
    )
  }
  const flags = new Flags({ help: 'switch', version: 'switch' }, args)
  if (flags.has('version')) {
    process.stdout.write(`${version()}\n`)
    return 0
  }
  process[flags.has('help') ? 'stdout' : 'stderr'].write(HELP)
  return flags.has('help') ? 0 : 2
}

function version(): string {
  const manifest: unknown = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'))
  return (manifest as { version: string }).version
}

/** Tells what the user can mend in one line. Anything else is a defect, and keeps its stack. */
function report(error: unknown): number {
  if (!(error instanceof CommandError) && !(error instanceof TerraceError)) throw error
  process.stderr.write(`terrace: ${error.message.replaceAll(/\s*\n\s*/g, ' ')}\n`)
  return error instanceof CommandError ? error.exitCode : 1
}

// A reader that has seen enough (`terrace … | head`) is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
})
process.exitCode = await run(process.argv.slice(2)).catch(report)
