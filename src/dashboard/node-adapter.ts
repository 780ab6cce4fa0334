import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http'
import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2'
import { Readable } from 'node:stream'

/** What servers of `node:http`, `node:https` and `node:http2` hand out. */
export type ServerRequest = IncomingMessage | Http2ServerRequest
export type ServerAnswer = ServerResponse | Http2ServerResponse

/** A request of Node, with what frameworks add to it. */
export interface NodeRequest extends IncomingMessage {
  /** Express: the whole address, and the part of it that it has taken off. */
  readonly originalUrl?: unknown
  readonly baseUrl?: unknown
  /** A body that somebody has read already. */
  readonly body?: unknown
}

/** Answers a request that was made of one of Node; `base`: the path that the dashboard is mounted at. Never rejects. */
export type AnswerAt = (request: Request, base: string) => Promise<Response>

/**
 * Answers a request of Node through `answer`. Where a framework has taken the path of the mount off, it is
 * put on again, so that there is one way to tell where the dashboard begins.
 */
export async function answerNode(
  incoming: NodeRequest,
  outgoing: ServerResponse,
  basePath: string | undefined,
  next: (() => void) | undefined,
  answer: AnswerAt,
): Promise<void> {
  const url = typeof incoming.originalUrl === 'string' ? incoming.originalUrl : (incoming.url ?? '/')
  const mount = typeof incoming.baseUrl === 'string' ? incoming.baseUrl.replace(/\/$/, '') : undefined
  const base = basePath ?? mount ?? ''
  const [path] = url.split('?')
  if (next !== undefined && path !== base && !path!.startsWith(`${base}/`)) return next()
  // Before it came here: nothing would tell of that any more, and a stream would go on for nobody.
  if (isGone(outgoing)) return
  const gone = new AbortController()
  outgoing.once('close', () => gone.abort())
  let response: Response
  try {
    response = await answer(requestOf(incoming, url, gone.signal), base)
  } catch {
    // An address or a header that no Request can be made of.
    response = new Response(null, { status: 400 })
  }
  await send(response, outgoing, incoming.method === 'HEAD', gone.signal)
}

/** Whether whoever asked has gone already. */
function isGone(outgoing: ServerAnswer): boolean {
  return 'stream' in outgoing ? outgoing.stream.destroyed : outgoing.destroyed
}

function requestOf(incoming: NodeRequest, url: string, signal: AbortSignal): Request {
  const headers = headersOf(incoming.headers)
  const host = headers.get('host') ?? 'localhost'
  const isSecure = 'encrypted' in incoming.socket && incoming.socket.encrypted === true
  // What begins with two slashes must not be taken for a host.
  const place = new URL(`${isSecure ? 'https' : 'http'}://${host}`)
  const address = `${place.origin}${url.startsWith('/') ? url : `/${url}`}`
  const method = incoming.method ?? 'GET'
  const init: RequestInit = { method, headers, signal }
  if (method === 'GET' || method === 'HEAD') return new Request(address, init)
  return new Request(address, { ...init, body: bodyOf(incoming), duplex: 'half' } as RequestInit)
}

/** As HTTP/1.1 has them: in HTTP/2 the host is what it calls `:authority`, whatever a header says besides. */
function headersOf(given: IncomingHttpHeaders): Headers {
  const headers = new Headers()
  for (const [name, value] of Object.entries(given)) {
    // Those of HTTP/2 that begin with a colon are no headers.
    if (value === undefined || name.startsWith(':')) continue
    for (const each of Array.isArray(value) ? value : [value]) headers.append(name, each)
  }
  const authority = given[':authority']
  if (typeof authority === 'string') headers.set('host', authority)
  return headers
}

/** As it comes, or as whoever parsed it has left it. */
function bodyOf(incoming: NodeRequest): RequestInit['body'] {
  const { body } = incoming
  if (body === undefined || body === null)
    return incoming.readableEnded ? null : (Readable.toWeb(incoming) as ReadableStream)
  if (typeof body === 'string') return body
  return body instanceof Uint8Array ? new Uint8Array(body) : JSON.stringify(body)
}

/** Writes a response, as fast as it is read. */
async function send(response: Response, outgoing: ServerResponse, isHead: boolean, gone: AbortSignal): Promise<void> {
  if (gone.aborted) {
    await response.body?.cancel()
    return
  }
  outgoing.statusCode = response.status
  for (const [name, value] of response.headers) outgoing.setHeader(name, value)
  const reader = response.body?.getReader()
  if (reader === undefined || isHead) {
    await reader?.cancel()
    outgoing.end()
    return
  }
  const stop = (): void => void reader.cancel().catch(() => undefined)
  gone.addEventListener('abort', stop, { once: true })
  outgoing.flushHeaders()
  for (;;) {
    const { done, value } = await reader.read()
    if (done || gone.aborted) break
    if (!outgoing.write(value)) await drained(outgoing, gone)
  }
  outgoing.end()
}

/** Until more can be written, or nobody reads any more. */
function drained(outgoing: ServerResponse, gone: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const over = (): void => {
      outgoing.off('drain', over)
      gone.removeEventListener('abort', over)
      resolve()
    }
    outgoing.once('drain', over)
    gone.addEventListener('abort', over, { once: true })
    if (gone.aborted) over()
  })
}
