/** `skip`: it could not be looked at, or does not apply. */
export type Verdict = 'ok' | 'warn' | 'fail' | 'skip'

/** One thing that was looked at. */
export interface Finding {
  /** A word for scripts, the same from version to version: `eviction`. */
  readonly check: string
  /** Which of several servers: `host:port`. */
  readonly server: string | null
  readonly verdict: Verdict
  /** What was found, in a sentence. */
  readonly found: string
  /** Why it matters to Terrace. */
  readonly why: string
  /** What to change; `null` where nothing needs to be. */
  readonly change: string | null
}

/** Gathers what was found. */
export class Findings {
  readonly all: Finding[] = []
  readonly #server: string | null

  constructor(server: string | null = null, all: Finding[] = []) {
    this.#server = server
    this.all = all
  }

  /** The same list, for what is found of one server. */
  of(server: string): Findings {
    return new Findings(server, this.all)
  }

  ok(check: string, found: string, why: string): void {
    this.#add(check, 'ok', found, why, null)
  }

  skip(check: string, found: string, why: string): void {
    this.#add(check, 'skip', found, why, null)
  }

  warn(check: string, found: string, why: string, change: string): void {
    this.#add(check, 'warn', found, why, change)
  }

  fail(check: string, found: string, why: string, change: string): void {
    this.#add(check, 'fail', found, why, change)
  }

  #add(check: string, verdict: Verdict, found: string, why: string, change: string | null): void {
    this.all.push({ check, server: this.#server, verdict, found, why, change })
  }
}
