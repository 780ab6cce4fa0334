import { createHash, timingSafeEqual } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { isIP } from 'node:net'
import type { Authorize } from '../dashboard/index.ts'
import { CommandError } from './command-error.ts'
import { wholeNumber } from './flag-values.ts'
import type { Flags } from './flags.ts'
import { reasonOf } from './reason.ts'

/** The flags of what serves pages. */
export const serverFlags: { readonly port: 'one'; readonly host: 'one'; readonly token: 'one' } = {
  port: 'one',
  host: 'one',
  token: 'one',
}

/** Where pages are served, and who is let in. */
export interface PanelPlace {
  readonly host: string
  /** 0: any that is free. */
  readonly port: number
  /** `undefined`: whoever comes from this machine. */
  readonly token: string | undefined
}

const SHORTEST_TOKEN = 16

/** @throws CommandError for a place that others reach, without a token */
export function placeIn(flags: Flags, port: number, env: NodeJS.ProcessEnv = process.env): PanelPlace {
  const host = flags.one('host') ?? '127.0.0.1'
  const given = flags.one('token') ?? env.TERRACE_TOKEN
  const token = given === '' ? undefined : given
  if (token !== undefined && token.length < SHORTEST_TOKEN) {
    throw CommandError.usage(`--token: expected ${SHORTEST_TOKEN} characters or more; openssl rand -hex 16 makes one`)
  }
  if (token === undefined && !isLoopback(host)) {
    throw CommandError.usage(
      `--host ${host} can be reached from other machines: say --token (or TERRACE_TOKEN) as well; openssl rand -hex 16 makes one`,
    )
  }
  return { host, token, port: flags.has('port') ? wholeNumber(flags, 'port', 0, 65_535) : port }
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'))
}

type Handler = (request: IncomingMessage, response: ServerResponse) => void

/** Serves until it is closed. @returns where. @throws CommandError where it cannot listen there */
export async function listen(handler: Handler, { host, port }: PanelPlace): Promise<PanelServer> {
  const server = createServer(handler)
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      const why = cause.code === 'EADDRINUSE' ? 'somebody listens there already; say another --port' : reasonOf(cause)
      reject(CommandError.failure(`cannot listen on ${host}:${port}: ${why}`))
    })
    server.listen(port, host, resolve)
  })
  return new PanelServer(server, host)
}

/** Made by {@link listen}. */
export class PanelServer {
  readonly url: string
  readonly #server: Server

  constructor(server: Server, host: string) {
    this.#server = server
    this.url = `http://${host.includes(':') ? `[${host}]` : host}:${(server.address() as AddressInfo).port}/`
  }

  /** Ends all connections. */
  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()))
    this.#server.closeAllConnections()
    await closed
  }
}

/** Whether a request brings the token: as a bearer, or as the password that a browser has asked for. */
function bringsToken(authorization: string | null | undefined, token: string): boolean {
  const [, scheme, text] = /^(Bearer|Basic) +(\S.*)$/i.exec(authorization ?? '') ?? []
  if (scheme === undefined) return false
  const given = /^bearer$/i.test(scheme)
    ? text!
    : Buffer.from(text!, 'base64')
        .toString()
        .replace(/^[^:]*:/, '')
  return timingSafeEqual(digest(given), digest(token))
}

/** Who may come in: with the token where there is one, else whoever `otherwise` lets in. */
export function admission(token: string | undefined, otherwise: Authorize): Authorize {
  if (token === undefined) return otherwise
  return ({ headers }) => bringsToken(headers.get('authorization'), token)
}

/** Makes a browser ask for a password, where the token is missing. @returns whether it did */
export function asksForToken(request: IncomingMessage, response: ServerResponse, token: string | undefined): boolean {
  if (token === undefined || bringsToken(request.headers.authorization, token)) return false
  response.writeHead(401, {
    'www-authenticate': 'Basic realm="terrace", charset="UTF-8"',
    'content-type': 'application/json; charset=utf-8',
    'cache-control': 'no-store',
  })
  response.end('{"error":{"code":"refused","message":"refused"}}')
  return true
}

/** Resolves when somebody has had enough: Ctrl-C, or a signal to end. */
export function interruption(): Promise<void> {
  return new Promise((resolve) => {
    process.once('SIGINT', () => resolve())
    process.once('SIGTERM', () => resolve())
  })
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
