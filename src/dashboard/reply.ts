import { TerraceError } from '../errors.ts'
import { CONTENT_SECURITY_POLICY, type Failure, type FailureCode } from './protocol.ts'

/** An answer that is no success. Thrown anywhere while a request is answered. */
export class Refusal extends Error {
  readonly code: FailureCode

  constructor(code: FailureCode, message: string) {
    super(message)
    this.name = 'Refusal'
    this.code = code
  }
}

const STATUS: Readonly<Record<FailureCode, number>> = {
  refused: 403,
  'read-only': 403,
  token: 403,
  origin: 403,
  'not-found': 404,
  method: 405,
  'bad-request': 400,
  'media-type': 415,
  'too-large': 413,
  ticket: 409,
  busy: 503,
  closed: 503,
  failed: 500,
  'body-read': 500,
}

/** What every answer carries: nothing is kept, embedded, guessed or run that does not come from here. */
const HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy': CONTENT_SECURITY_POLICY,
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=()',
  // Streams must not be held back to be compressed, or by a proxy.
  'cache-control': 'no-store, no-transform',
  vary: 'Origin, Cookie, Authorization',
}

export function jsonReply(body: unknown, status = 200): Response {
  return new Response(JSON.stringify(body), { status, headers: headersOf('application/json; charset=utf-8') })
}

export function fileReply(body: Uint8Array<ArrayBuffer>, type: string): Response {
  return new Response(body, { headers: headersOf(type) })
}

export function streamReply(body: ReadableStream<Uint8Array>): Response {
  const headers = headersOf('text/event-stream; charset=utf-8')
  headers.set('x-accel-buffering', 'no')
  return new Response(body, { headers })
}

/** To the same place, a path as addresses have it, with a slash at its end, without which the page's relative addresses lead elsewhere. */
export function slashReply(path: string): Response {
  const headers = headersOf('text/plain; charset=utf-8')
  // Relative: whatever is in front of this process stays in front of it.
  headers.set('location', `./${path.split('/').at(-1) ?? ''}/`)
  return new Response(null, { status: 308, headers })
}

/** What went wrong, without a word about how this process is made. */
export function failureReply(error: unknown): Response {
  const { code, message } = refusalIn(error)
  return jsonReply({ error: { code, message } } satisfies Failure, STATUS[code])
}

/** Whether the fault is here: then it is reported. */
export function isOurs(error: unknown): boolean {
  return refusalIn(error).code === 'failed'
}

const ASKED_WRONG = ['ERR_KEY_INVALID', 'ERR_ARGUMENT_INVALID', 'ERR_OPTION_INVALID', 'ERR_OPTION_UNKNOWN']

function refusalIn(error: unknown): Refusal {
  if (error instanceof Refusal) return error
  if (error instanceof TerraceError) {
    if (error.code === 'ERR_CLOSED') return new Refusal('closed', 'the cache is closed')
    if (ASKED_WRONG.includes(error.code)) return new Refusal('bad-request', error.message)
  }
  return new Refusal('failed', 'something went wrong here; the process has the details')
}

function headersOf(type: string): Headers {
  const headers = new Headers(HEADERS)
  headers.set('content-type', type)
  return headers
}
