import { LONGEST_TOKEN } from '../coherence/token.ts'
import { shown, TerraceError } from '../errors.ts'

/** The name of the header in which {@link sendToken} sends a token and {@link tokenIn} looks for one. */
export const TOKEN_HEADER = 'terrace-token'

/** `Headers` of fetch, and whatever has such. */
export interface FetchHeaders {
  get(name: string): string | null
  set(name: string, value: string): void
}

/** Where a token may be: the headers of a fetch `Request` or `Response`, the request itself, or those of Node's server and client. */
export type TokenSource =
  | Pick<FetchHeaders, 'get'>
  | { readonly headers: Pick<FetchHeaders, 'get'> | NodeHeaders }
  | NodeHeaders

/** The headers of a Node request, names in lower case. */
export type NodeHeaders = Readonly<Record<string, string | readonly string[] | number | undefined>>

/** Where a token may be put: the headers of a fetch `Request` or `Response`, either itself, or a Node response or client request. */
export type TokenTarget =
  | Pick<FetchHeaders, 'set'>
  | { readonly headers: Pick<FetchHeaders, 'set'> }
  | { setHeader(name: string, value: string): unknown }

/** What can tell its token: a cache. */
export interface TokenTeller {
  token(): string
}

/**
 * The token in the header `terrace-token`: what `following` and `after` take. `undefined` if there is none, or
 * one that is too long to be ours.
 *
 * @throws TerraceError `ERR_ARGUMENT_INVALID` for what has no headers
 */
export function tokenIn(source: TokenSource): string | undefined {
  const text = headerOf(source)
  return typeof text === 'string' && text.length > 0 && text.length <= LONGEST_TOKEN ? text : undefined
}

/**
 * Puts the token of a cache, or of the session this is called in, into the header `terrace-token`. Call it after
 * the writes, and before the head of the answer is sent.
 *
 * @throws TerraceError `ERR_ARGUMENT_INVALID` for what takes no headers, `ERR_CLOSED`
 */
export function sendToken(target: TokenTarget, cache: TokenTeller): void {
  if (!isObject(target)) wrong('sendToken: expected headers, a response or a request', target)
  if ('setHeader' in target && typeof target.setHeader === 'function') {
    target.setHeader(TOKEN_HEADER, cache.token())
    return
  }
  const headers: unknown = 'headers' in target ? target.headers : target
  if (isObject(headers) && 'set' in headers && typeof headers.set === 'function')
    headers.set(TOKEN_HEADER, cache.token())
  else wrong('sendToken: expected headers, a response or a request', target)
}

function headerOf(source: unknown): unknown {
  if (!isObject(source)) return wrong('tokenIn: expected headers or a request', source)
  const headers: unknown = 'headers' in source && isObject(source.headers) ? source.headers : source
  if (!isObject(headers)) return undefined
  if ('get' in headers && typeof headers.get === 'function') return headers.get(TOKEN_HEADER)
  return Object.hasOwn(headers, TOKEN_HEADER) ? (headers as Record<string, unknown>)[TOKEN_HEADER] : undefined
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}

function wrong(what: string, value: unknown): never {
  throw new TerraceError('ERR_ARGUMENT_INVALID', `${what}, got ${shown(value)}`)
}
