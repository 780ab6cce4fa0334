import { connect as connectTcp, type Socket } from 'node:net'
import { type ConnectionOptions, connect as connectTls } from 'node:tls'
import { expected } from '../../options.ts'

const DEFAULT_PORT = 11_211

/** Where a node listens. */
export interface Address {
  /** `host:port`, the host in lower case, or the path of a socket: the node's name on the ring. */
  readonly name: string
  readonly host: string
  readonly port: number
  /** The path of a Unix socket; `undefined` for TCP. */
  readonly path: string | undefined
}

/** Reads `host`, `host:port`, `[v6]:port` or `/path/of/a/socket`. @throws TerraceError `ERR_OPTION_INVALID` */
export function readAddress(text: unknown, where: string): Address {
  if (typeof text !== 'string') return expected("an address such as 'host:11211'", text, where)
  const trimmed = text.trim()
  if (trimmed.startsWith('/')) return { name: trimmed, host: '', port: 0, path: trimmed }
  const match = /^(?:\[([0-9a-f:.%]+)\]|([^\s:/[\]]+))(?::(\d{1,5}))?$/i.exec(trimmed)
  const host = (match?.[1] ?? match?.[2] ?? '').toLowerCase()
  const port = match?.[3] === undefined ? DEFAULT_PORT : Number(match[3])
  if (host === '' || port < 1 || port > 65_535) return expected("an address such as 'host:11211'", text, where)
  return { name: host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`, host, port, path: undefined }
}

/** Begins to connect. */
export function openSocket(address: Address, tls: ConnectionOptions | undefined): Socket {
  const { host, port, path } = address
  const place = path === undefined ? { host, port } : { path }
  if (tls === undefined) return connectTcp(place)
  return connectTls({ servername: path === undefined ? serverName(host) : '', ...tls, ...place })
}

/** An address of numbers is no server name (RFC 6066). */
function serverName(host: string): string {
  return /^[\d.]+$|:/.test(host) ? '' : host
}
