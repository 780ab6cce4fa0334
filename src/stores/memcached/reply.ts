/** How a reply begins. `ERROR` and `CLIENT_ERROR` are no replies: after them the order of replies is in doubt. */
export type Code = 'HD' | 'VA' | 'EN' | 'NS' | 'EX' | 'NF' | 'MN' | 'END' | 'SERVER_ERROR'

/** One answer of a server. */
export interface Reply {
  readonly code: Code
  /** The version of the item; 0 where the reply does not tell, or tells a number above 2^53. */
  readonly cas: number
  /** Seconds the item has left, -1 for ever; `NaN` where the reply does not tell. */
  readonly ttl: number
  /** The bytes of a `VA`: a view into what came in, or a copy; none where there are more than may be taken. */
  readonly value: Uint8Array | undefined
  /** What a `SERVER_ERROR` says. */
  readonly text: string
  /** The lines of a `stats`. */
  readonly stats: ReadonlyMap<string, string> | undefined
}

/** The server said something that is no reply to what it was asked. The connection is of no use any more. */
export class ProtocolError extends Error {
  constructor(message: string) {
    super(`memcached protocol: ${message}`)
    this.name = 'ProtocolError'
  }
}

/** The error of a reply that says neither yes nor no. */
export function unexpected(node: string, { code, text }: Reply): Error {
  return new Error(`memcached ${node}: ${text === '' ? `an unexpected ${code}` : text}`)
}
