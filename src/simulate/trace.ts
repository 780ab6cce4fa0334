import { TerraceError } from '../errors.ts'

/**
 * Some consecutive requests of a trace: as many as one chunk of its file holds, so never more than
 * 65,536.
 */
export interface Batch {
  /** The keys, in the order they were asked for: all numbers or all strings. */
  readonly keys: ArrayLike<number> | ArrayLike<string>
  /** The size of each requested object in bytes, where the trace has sizes. */
  readonly sizes: ArrayLike<number> | undefined
  /** How much of {@link Trace.bytes} has been consumed, for progress. */
  readonly position: number
}

/** A recorded sequence of requests that can be read from its beginning as often as wanted. */
export interface Trace {
  readonly name: string
  /** The length of the stored trace, compressed where it is: the unit of {@link Batch.position}. */
  readonly bytes: number
  /** Whether requests carry sizes. */
  readonly sized: boolean
  /** Reads from the beginning, holding one batch at a time. @throws TerraceError `ERR_TRACE_INVALID` */
  read(): AsyncIterable<Batch>
}

/** What keys the caches are given: numbers as a trace of numbers has them, or strings. */
export type KeyKind = 'number' | 'string'

/** How a file holds its requests, before compression. */
export type TraceFormat = 'u32' | 'text' | 'csv'

/** A trace file with what cannot be seen from its name and its first bytes. */
export interface TraceFile {
  readonly path: string
  /** How reports call it. Default: the file's name without its extensions. */
  readonly name?: string
  /** Default: by the file's name, else by its content. */
  readonly format?: TraceFormat
  /** The key's column in a CSV file: its name in the header, or its number from 1. */
  readonly columnKey?: string | number
  /** The size's column in a CSV file: its name in the header, or its number from 1. */
  readonly columnSize?: string | number
}

/** A trace in memory: whole numbers from 0 or strings, with sizes in bytes if they are known. */
export interface TraceKeys {
  readonly name: string
  readonly keys: ArrayLike<number> | ArrayLike<string>
  readonly sizes?: ArrayLike<number>
}

/** Where a trace comes from: the path of a file, a file described, or keys in memory. */
export type TraceInput = string | TraceFile | TraceKeys

/** The error for a trace that cannot be read: names the file, the place in it, and what is wrong there. */
export function invalidTrace(file: string, place: string, why: string, cause?: unknown): TerraceError {
  const where = place === '' ? file : `${file}, ${place}`
  return new TerraceError('ERR_TRACE_INVALID', `${where}: ${why}`, cause === undefined ? {} : { cause })
}
