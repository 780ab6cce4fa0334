/** What a command is made of. The first one is its name. */
export type Argument = string | Uint8Array

/**
 * What this store needs of a Redis client, whichever it is. Answers are those of the protocol: bulk
 * strings are Buffers, simple strings Buffers or strings, nothing is `null`. An error of the server
 * or of the client rejects as it is; nothing is sent a second time.
 */
export interface Connection {
  readonly isCluster: boolean
  /**
   * The number of the database, which channels are named by. 0 where the client does not tell: then notices of
   * another cache may be heard, which do no harm, and those of processes that know better are not.
   */
  readonly database: number
  /** Sends a command to the server that has this key. */
  send(key: string, command: Argument[]): Promise<unknown>
  /** The servers that take writes, one where there is no cluster. */
  masters(): Promise<readonly Master[]>
  /** How to listen to a channel; `undefined` if the client cannot open a second connection. */
  readonly listen: OpenLine | undefined
  /** What somebody who brings this client should know of its settings. */
  readonly warning: string | undefined
  /** Ends every connection that was opened for this store, and none that was given to it. */
  close(): Promise<void>
}

/** One server among those of a {@link Connection}. */
export interface Master {
  /** `host:port`, or an empty string where the client does not tell. */
  readonly address: string
  send(command: Argument[]): Promise<unknown>
}

/**
 * Opens a connection that hears a channel, and resolves once it does. One that is lost does not come back.
 *
 * @param givenUp nobody waits for it any more: what is not open by then is closed, and the promise rejects
 */
export type OpenLine = (channel: string, hears: Hears, givenUp?: AbortSignal) => Promise<Line>

/** Who is told what comes over a {@link Line}. */
export interface Hears {
  message(text: string): void
  /** The connection is lost. Called at most once, and not after `close`. */
  lost(): void
}

/** A connection that hears one channel. */
export interface Line {
  /** Asks for a sign of life. */
  ping(): Promise<unknown>
  close(): void
}
