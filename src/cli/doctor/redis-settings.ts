import type { Argument } from '../../stores/redis/connection.ts'
import { textOf } from '../../stores/redis/replies.ts'

/** Sends a command to one server. */
export type Ask = (...command: Argument[]) => Promise<unknown>

/** What a server tells of itself: the rows of `INFO`, and what `CONFIG GET` says, where it may be asked. */
export class RedisSettings {
  readonly #info: ReadonlyMap<string, string>
  readonly #config: ReadonlyMap<string, string> | undefined

  private constructor(info: ReadonlyMap<string, string>, config: ReadonlyMap<string, string> | undefined) {
    this.#info = info
    this.#config = config
  }

  static async of(ask: Ask): Promise<RedisSettings> {
    const info = new Map<string, string>()
    for (const line of textOf(await ask('INFO')).split('\n')) {
      const at = line.indexOf(':')
      if (at > 0) info.set(line.slice(0, at), line.slice(at + 1).trim())
    }
    const config = await configOf(ask)
    return new RedisSettings(info, config)
  }

  info(name: string): string | undefined {
    return this.#info.get(name)
  }

  /** `undefined` for what is not told, and for what is no number. */
  number(name: string): number | undefined {
    const value = Number(this.#info.get(name) ?? Number.NaN)
    return Number.isFinite(value) ? value : undefined
  }

  /** `undefined` where the configuration may not be asked for, or has no such setting. */
  config(name: string): string | undefined {
    return this.#config?.get(name)
  }

  /** `redis 7.0.15`, `valkey 8.0.1`; the numbers of the version, and whether it is Valkey. */
  get version(): { readonly text: string; readonly numbers: readonly number[]; readonly isValkey: boolean } {
    const isValkey = this.#info.get('server_name') === 'valkey'
    const version = (isValkey ? this.#info.get('valkey_version') : undefined) ?? this.#info.get('redis_version') ?? '?'
    return { text: `${isValkey ? 'valkey' : 'redis'} ${version}`, numbers: version.split('.').map(Number), isValkey }
  }

  /** The replicas that are connected. */
  get replicas(): number {
    return this.number('connected_slaves') ?? 0
  }
}

/** Hosted servers often refuse it. */
async function configOf(ask: Ask): Promise<ReadonlyMap<string, string> | undefined> {
  try {
    const reply = await ask('CONFIG', 'GET', '*')
    if (!Array.isArray(reply)) return undefined
    const texts = reply.map(textOf)
    return new Map(texts.flatMap((name, n) => (n % 2 === 0 ? [[name, texts[n + 1]!] as const] : [])))
  } catch {
    return undefined
  }
}
