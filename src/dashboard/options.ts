import { randomBytes } from 'node:crypto'
import { type ExplainOptions, readExplainOptions } from '../cache/explain.ts'
import { callable, expected, flag, readOptions, text } from '../options.ts'
import { checkWorld } from '../world/check-world.ts'
import { systemWorld } from '../world/system-world.ts'
import { thisProcess } from '../world/this-process.ts'
import type { World } from '../world/world.ts'

/** What somebody wants to do: look, or change something. */
export type DashboardAction = 'read' | 'write'

/** What is known of a request besides itself. */
export interface DashboardVisit {
  readonly action: DashboardAction
  /** The address the connection came from, through the Node adapter; `undefined` where it is not known. */
  readonly address: string | undefined
  /** The request as the framework has it, through the Node adapter: `incoming.user`, `incoming.session` … */
  readonly incoming: unknown
}

/** Whether somebody may do that: `true` and nothing else says yes. Throwing says no, and is reported. */
export type Authorize = (request: Request, visit: DashboardVisit) => boolean | PromiseLike<boolean>

/** Options of `dashboard`. */
export interface DashboardOptions {
  /** Asked at every request, files included. Default: nobody may do anything. */
  readonly authorize?: Authorize | undefined
  /** Whether nothing can be invalidated from here, whoever asks. Default: `false`. */
  readonly readOnly?: boolean | undefined
  /** The path it is mounted at: `/cache`. Default: what the framework says (Express), else the root. */
  readonly basePath?: string | undefined
  /** Origins besides its own that pages may change something from, for a proxy that hides the host: `https://ops.example`. Up to 100. Default: none. */
  readonly origins?: readonly string[] | undefined
  /**
   * Makes tokens: 32 to 1,000 characters, the same in all processes behind one load balancer. Default: a
   * random one, so that a token is good in this process alone.
   */
  readonly secret?: string | undefined
  /** How values are shown: see `ExplainOptions`. Default: 1,000 characters, with secrets masked by their names. */
  readonly preview?: ExplainOptions['preview']
  /** What this process is called: 1 to 100 characters. Default: its host and its id. */
  readonly process?: string | undefined
  /** Clock, timers and randomness. Default: the real ones. */
  readonly world?: World | undefined
}

/** {@link DashboardOptions}, checked and complete. */
export interface DashboardSettings {
  readonly authorize: Authorize | undefined
  readonly readOnly: boolean
  /** Begins with a slash and ends without; `undefined`: as the framework says. */
  readonly basePath: string | undefined
  readonly origins: readonly string[]
  readonly secret: string | Uint8Array
  readonly preview: ExplainOptions['preview']
  readonly process: string
  readonly world: World
}

const schema = {
  authorize: callable<Authorize>(),
  readOnly: flag,
  basePath,
  origins: originList,
  secret: secretText,
  preview: previewOption,
  process: text(100),
  world: checkWorld,
}

/** @throws TerraceError `ERR_OPTION_UNKNOWN` or `ERR_OPTION_INVALID` */
export function readDashboardOptions(options: DashboardOptions | undefined): DashboardSettings {
  const read = readOptions('dashboard', schema, options)
  return {
    authorize: read.authorize,
    readOnly: read.readOnly ?? false,
    basePath: read.basePath,
    origins: read.origins ?? [],
    // Not of the World: whoever could guess it could forge tokens.
    secret: read.secret ?? randomBytes(32),
    preview: read.preview,
    process: read.process ?? thisProcess(),
    world: read.world ?? systemWorld,
  }
}

function basePath(value: unknown, where: string): string {
  if (value === '' || value === '/') return ''
  if (typeof value === 'string' && /^(?:\/[\w.~-]+)+\/?$/.test(value) && value.length <= 200) {
    return value.replace(/\/$/, '')
  }
  return expected("a path such as '/cache'", value, where)
}

function previewOption(value: unknown): NonNullable<ExplainOptions['preview']> {
  const preview = value as NonNullable<ExplainOptions['preview']>
  readExplainOptions({ preview })
  return preview
}

function originList(value: unknown, where: string): readonly string[] {
  if (!Array.isArray(value) || value.length > 100) return expected('an array of up to 100 origins', value, where)
  return value.map((origin: unknown) => {
    const url = typeof origin === 'string' ? URL.parse(origin) : null
    if (url === null || url.origin !== origin) return expected("an origin such as 'https://ops.example'", origin, where)
    return url.origin
  })
}

function secretText(value: unknown, where: string): string {
  if (typeof value === 'string' && value.length >= 32 && value.length <= 1000) return value
  // It must not be said what was given.
  return expected('a string of 32 to 1000 characters', typeof value === 'string' ? '•••' : value, where)
}
