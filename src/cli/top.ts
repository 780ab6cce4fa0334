import { jsonText } from '../printable.ts'
import { systemWorld } from '../world/system-world.ts'
import { coloursFor } from './colours.ts'
import { CommandError } from './command-error.ts'
import { DASHBOARD_HELP, DashboardClient, dashboardFlags } from './dashboard-client.ts'
import { duration } from './flag-values.ts'
import type { Flags } from './flags.ts'
import { readTargetOf } from './target.ts'
import { frameOf } from './top/frame.ts'
import { type Report, reportOf } from './top/report.ts'
import { Screen } from './top/screen.ts'
import { WatchedProcess } from './top/watched-process.ts'
import type { Verb } from './verb.ts'

const HELP = `Usage: terrace top URL... [options]

Shows what a running cache does: hit ratios by level, reads, fetches, latencies,
breakers, evictions, the hottest keys. It asks the dashboard that the process has
mounted (terrace/dashboard); of several processes it shows the sum, and each.

${DASHBOARD_HELP}  --interval TIME     how often (default: 1s)
  --once              show one interval and end; exit code 1 if nobody answers
  --json              a line of JSON each time, instead of the screen
  -h, --help          show this

q or Ctrl-C ends it. Without a terminal (in a pipe) it prints one page after
another, without colours. Of several processes, or of an interval longer than a
second, the percentiles are the worst of them.

Examples:
  terrace top http://localhost:9000
  terrace top https://app1/ops/cache https://app2/ops/cache --cache shop
  terrace top http://localhost:9000 --json | jq .figures.hitRatio
`

/** `terrace top`. */
export const verb: Verb = {
  help: HELP,
  flags: { ...dashboardFlags, interval: 'one', once: 'switch', json: 'switch', help: 'switch' },
  run,
}

/** Milliseconds after which the first page does not wait for anybody any longer, where it is printed. */
const PATIENCE = 6000
/** The width of pages that are printed where there is no terminal. */
const PRINTED_COLUMNS = 120
/** Intervals of which the hit ratio is drawn. */
const MOST_HISTORY = 300

async function run(flags: Flags): Promise<number> {
  if (flags.rest.length === 0) readTargetOf(undefined, ['dashboard'], 'top')
  const clients = flags.rest.map((text) => new DashboardClient(readTargetOf(text, ['dashboard'], 'top'), flags))
  const interval = flags.has('interval') ? duration(flags, 'interval', 500, 3_600_000) : 1000
  const watch = new Watch(clients, flags, interval)
  return await watch.run()
}

/** A run of `top`, from its begin until somebody has seen enough. */
class Watch {
  readonly #processes: readonly WatchedProcess[]
  readonly #interval: number
  readonly #once: boolean
  readonly #json: boolean
  readonly #history: (number | null)[] = []
  readonly #over = Promise.withResolvers<number>()
  #screen: Screen | undefined
  #report: Report | undefined
  #begun = false
  #cancel: () => void = () => undefined

  constructor(clients: readonly DashboardClient[], flags: Flags, interval: number) {
    this.#interval = interval
    this.#once = flags.has('once')
    this.#json = flags.has('json')
    this.#processes = clients.map(
      (client) => new WatchedProcess(client, flags.one('cache'), systemWorld, () => this.#told()),
    )
  }

  async run(): Promise<number> {
    const stop = (): void => this.#over.resolve(130)
    const gone = (error: NodeJS.ErrnoException): void => {
      if (error.code === 'EPIPE') this.#over.resolve(0)
    }
    process.on('SIGINT', stop)
    process.on('SIGTERM', stop)
    process.stdout.on('error', gone)
    try {
      if (!this.#once && !this.#json && process.stdout.isTTY && process.stdin.isTTY) {
        this.#screen = new Screen(
          process.stdout,
          process.stdin,
          () => this.#over.resolve(0),
          () => this.#draw(),
        )
        this.#screen.open()
      }
      for (const each of this.#processes) systemWorld.background(each.watch(), 'watching a dashboard')
      // Whoever does not answer is not waited for.
      this.#cancel = systemWorld.after(
        this.#screen === undefined ? PATIENCE : this.#interval,
        () => this.#begin(),
        true,
      )
      return await this.#over.promise
    } finally {
      this.#cancel()
      for (const each of this.#processes) each.close()
      this.#screen?.close()
      process.off('SIGINT', stop)
      process.off('SIGTERM', stop)
      process.stdout.off('error', gone)
    }
  }

  /** Something is known that was not: the first page waits for everybody, once. */
  #told(): void {
    // Who is away may come back; what was asked for wrongly does not become right by waiting.
    const wrong = this.#processes.map(({ failure }) => failure).filter(isMisuse)
    if (this.#history.length === 0 && wrong.length === this.#processes.length) {
      this.#over.reject(wrong[0])
      return
    }
    if (this.#begun || this.#processes.some(({ state }) => state === 'connecting')) return
    this.#cancel()
    this.#begin()
  }

  #begin(): void {
    this.#begun = true
    const [first] = this.#processes
    if (!this.#screen && this.#processes.every(({ state }) => state !== 'watched')) {
      const { failure, client } = first!
      this.#over.reject(failure instanceof CommandError ? failure : silent(client.shown, failure))
      return
    }
    this.#refresh()
    if (this.#once) this.#over.resolve(this.#processes.every(({ state }) => state === 'watched') ? 0 : 1)
  }

  #refresh(): void {
    this.#report = reportOf(this.#processes, systemWorld.wall())
    if (this.#report.figures !== null) {
      this.#history.push(this.#report.figures.hitRatio)
      if (this.#history.length > MOST_HISTORY) this.#history.shift()
    }
    this.#draw()
    if (!this.#once) this.#cancel = systemWorld.after(this.#interval, () => this.#refresh(), true)
  }

  #draw(): void {
    if (this.#report === undefined) return
    if (this.#json) {
      process.stdout.write(`${jsonText(this.#report)}\n`)
      return
    }
    const screen = this.#screen
    const columns = screen?.columns ?? (process.stdout.isTTY ? process.stdout.columns : PRINTED_COLUMNS)
    const style = {
      columns,
      rows: screen?.rows ?? 40,
      colours: coloursFor(process.stdout),
      isLive: screen !== undefined,
    }
    const lines = frameOf(this.#report, this.#history, style)
    if (screen !== undefined) screen.show(lines)
    else process.stdout.write(`${lines.join('\n')}\n${this.#once ? '' : '\n'}`)
  }
}

function silent(shown: string, failure: Error | undefined): CommandError {
  return CommandError.failure(`${shown}: ${failure?.message ?? 'it says nothing'}`)
}

function isMisuse(error: Error | undefined): boolean {
  return error instanceof CommandError && error.exitCode === 2
}
