#!/usr/bin/env node
import { readFileSync } from 'node:fs'
import { TerraceError } from '../errors.ts'
import { nearest } from '../options.ts'
import { printable } from '../printable.ts'
import { CommandError } from './command-error.ts'
import { Flags } from './flags.ts'
import { reasonOf } from './reason.ts'
import { VERBS } from './verbs.ts'

const WIDEST = Math.max(...Object.entries(VERBS).map(([name, { takes }]) => name.length + 1 + takes.length))

const HELP = `Usage: terrace VERB [options]

${Object.entries(VERBS)
  .map(([name, { takes, summary }]) => `  ${`${name} ${takes}`.trimEnd().padEnd(WIDEST)}  ${summary}\n`)
  .join('')}
  ${'-h, --help'.padEnd(WIDEST)}  show this; terrace VERB --help tells about a verb
  ${'--version'.padEnd(WIDEST)}  show the version

Exit codes: 0 done, 1 could not be done, 2 not understood, 130 interrupted.
A verb that has more of them says so in its help.
`

/** Runs the command line. @returns the exit code */
async function run(args: readonly string[]): Promise<number> {
  const [name, ...rest] = args
  if (name === 'help') return await run([...rest.slice(0, 1), '--help'])
  if (name !== undefined && !name.startsWith('-')) return await runVerb(name, rest)
  const flags = new Flags({ help: 'switch', version: 'switch' }, args)
  if (flags.has('version')) {
    process.stdout.write(`${version()}\n`)
    return 0
  }
  process[flags.has('help') ? 'stdout' : 'stderr'].write(HELP)
  return flags.has('help') ? 0 : 2
}

async function runVerb(name: string, args: readonly string[]): Promise<number> {
  if (!Object.hasOwn(VERBS, name)) {
    const near = nearest(name, Object.keys(VERBS))
    throw CommandError.usage(
      `unknown verb '${name}'.${near === undefined ? ' See --help.' : ` Did you mean '${near}'?`}`,
    )
  }
  const verb = await VERBS[name]!.load()
  const flags = new Flags(verb.flags, args)
  if (!flags.has('help')) return await verb.run(flags)
  process.stdout.write(verb.help)
  return 0
}

function version(): string {
  const manifest: unknown = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'))
  return (manifest as { version: string }).version
}

/** Tells what the user can mend in one line. Anything else is a defect, and keeps its stack. */
function report(error: unknown): number {
  if (!(error instanceof CommandError) && !(error instanceof TerraceError)) throw error
  process.stderr.write(`terrace: ${printable(error.message.replaceAll(/\s*\n\s*/g, ' '))}\n`)
  if (error instanceof CommandError) return error.exitCode
  return error.code.startsWith('ERR_OPTION') ? 2 : 1
}

// A reader that has seen enough (`terrace … | head`) is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') return
  process.stderr.write(`terrace: cannot write the output: ${reasonOf(error)}\n`)
  process.exit(1)
})
process.exitCode = await run(process.argv.slice(2)).catch(report)
