import type { AskedScope } from './protocol.ts'
import { Refusal } from './reply.ts'

/** The body of a POST: an object of JSON, of which nothing more is known. */
export type RequestBody = Readonly<Record<string, unknown>>

/** Keys may be a megabyte long; more is nobody's wish. */
const MOST_BYTES = 4_000_000
const MOST_HEARD = 10 * MOST_BYTES

/** Who sees it is whoever has just mounted the dashboard. */
const GONE =
  'the body of this request was read before it came to the dashboard: mount that in front of what reads bodies, or ' +
  'hand over a request that has its body (Hono: cloneRawRequest of hono/request)'

/** @throws Refusal for what is no object of JSON, too large, or read by somebody else already */
export async function readBody(request: Request): Promise<RequestBody> {
  if (request.bodyUsed || request.body?.locked === true) throw new Refusal('body-read', GONE)
  const chunks: Uint8Array[] = []
  let bytes = 0
  try {
    for await (const chunk of request.body ?? []) {
      bytes += chunk.byteLength
      if (bytes <= MOST_BYTES) chunks.push(chunk)
      // Whoever is still sending hears no answer: some more is read, and thrown away.
      else if (bytes > MOST_HEARD) break
    }
  } catch {
    // Whoever sent it has gone.
    throw new Refusal('bad-request', 'the body ended before it was whole')
  }
  if (bytes > MOST_BYTES) throw new Refusal('too-large', `expected a body of up to ${MOST_BYTES} bytes`)
  try {
    const body: unknown = JSON.parse(Buffer.concat(chunks).toString())
    if (typeof body === 'object' && body !== null && !Array.isArray(body)) return body as RequestBody
  } catch {
    // Told below.
  }
  throw new Refusal('bad-request', 'expected an object of JSON')
}

export function cacheName({ cache }: RequestBody): string | null {
  if (cache === undefined) return null
  return typeof cache === 'string' ? cache : wrong('cache: expected a string')
}

export function keyIn(value: unknown, name: string): string {
  return typeof value === 'string' ? value : wrong(`${name}: expected a string`)
}

export function scopeIn(value: unknown): AskedScope {
  if (typeof value === 'object' && value !== null) {
    const { kind, key, prefix, tag, namespace } = value as Record<string, unknown>
    if (kind === 'key' && typeof key === 'string') return { kind, key }
    // The empty prefix is everything, which has a name of its own.
    if (kind === 'prefix' && typeof prefix === 'string' && prefix !== '') return { kind, prefix }
    if (kind === 'tag' && typeof tag === 'string') return { kind, tag }
    if (kind === 'namespace' && typeof namespace === 'string') return { kind, namespace }
    if (kind === 'all') return { kind }
  }
  return wrong('scope: expected a key, a prefix, a tag, a namespace or all')
}

export function ticketIn(value: unknown): string | undefined {
  if (value === undefined) return undefined
  return typeof value === 'string' && value.length < 200 ? value : wrong('ticket: expected that of a count')
}

export function numberIn(value: unknown, least: number, most: number, name: string): number {
  const number = typeof value === 'string' && /^\d{1,9}$/.test(value) ? Number(value) : value
  if (typeof number === 'number' && Number.isInteger(number) && number >= least && number <= most) return number
  return wrong(`${name}: expected a whole number from ${least} to ${most}`)
}

export function wordIn<W extends string>(value: string, words: readonly W[], name: string): W {
  return words.find((word) => word === value) ?? wrong(`${name}: expected one of ${words.join(', ')}`)
}

function wrong(text: string): never {
  throw new Refusal('bad-request', text)
}
