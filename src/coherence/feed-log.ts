import type { Scope } from '../entry/scope.ts'

/** What one process tells all others. */
export interface FeedNotice {
  /** Who: 16 hexadecimal digits. */
  readonly origin: string
  /** How many notices with scopes it has sent, this one included. */
  readonly number: number
  /** When, by its own clock. */
  readonly sent: number
  /** What it has changed; nothing in a sign of life. */
  readonly scopes: readonly Scope[]
}

const MOST_ORIGINS = 10_000
const MOST_SCOPES = 10_000
const LONGEST_TEXT = 16 * 2 ** 20
const ORIGIN = /^[0-9a-f]{16}$/

/** Up to which number each process was heard. */
export class FeedLog {
  readonly #heard = new Map<string, number>()

  static text({ origin, number, sent, scopes }: FeedNotice): string {
    return JSON.stringify({ o: origin, n: number, t: sent, x: scopes.map(packed) })
  }

  /** The notice in a text that anybody may have sent; `undefined` if there is none. */
  static notice(text: string): FeedNotice | undefined {
    if (text.length > LONGEST_TEXT) return undefined
    try {
      const { o: origin, n: number, t: sent, x } = JSON.parse(text)
      if (typeof origin !== 'string' || !ORIGIN.test(origin)) return undefined
      if (!Number.isSafeInteger(number) || number < 0 || typeof sent !== 'number') return undefined
      if (!Array.isArray(x) || x.length > MOST_SCOPES) return undefined
      const scopes = x.map(unpacked)
      return scopes.every((scope) => scope !== undefined) ? { origin, number, sent, scopes } : undefined
    } catch {
      return undefined
    }
  }

  /** `lost`: something was sent before that was not heard; also where nobody knows. */
  hear({ origin, number, scopes }: FeedNotice): 'new' | 'known' | 'lost' {
    const before = this.#heard.get(origin)
    this.#heard.delete(origin)
    this.#heard.set(origin, Math.max(before ?? 0, number))
    if (this.#heard.size > MOST_ORIGINS) this.#heard.delete(this.#heard.keys().next().value!)
    const expected = (before ?? 0) + (scopes.length > 0 ? 1 : 0)
    if (number > expected) return 'lost'
    return scopes.length > 0 && number === expected ? 'new' : 'known'
  }
}

function packed(scope: Scope): readonly string[] {
  if (scope.kind === 'key') return ['k', scope.key]
  if (scope.kind === 'prefix') return ['p', scope.prefix]
  return scope.kind === 'tag' ? ['t', scope.tag] : ['a']
}

function unpacked(pair: unknown): Scope | undefined {
  if (!Array.isArray(pair)) return undefined
  const [kind, name] = pair as unknown[]
  if (kind === 'a') return { kind: 'all' }
  if (typeof name !== 'string') return undefined
  if (kind === 'k') return { kind: 'key', key: name }
  if (kind === 'p') return { kind: 'prefix', prefix: name }
  return kind === 't' ? { kind: 'tag', tag: name } : undefined
}
