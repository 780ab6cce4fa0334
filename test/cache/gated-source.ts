import type { FetchContext } from '../../src/index.ts'

/** A source whose fetcher answers when it is told to. */
export interface GatedSource {
  /** The keys it was called with. */
  readonly calls: string[]
  readonly signals: AbortSignal[]
  open(late?: unknown): void
  fail(error: unknown): void
  fetch(key: string, context: Pick<FetchContext, 'signal'>): Promise<unknown>
}

export function gated(value: unknown = 'fetched'): GatedSource {
  const gate = Promise.withResolvers<unknown>()
  const calls: string[] = []
  const signals: AbortSignal[] = []
  return {
    calls,
    signals,
    open: (late: unknown = value) => gate.resolve(late),
    fail: (error: unknown) => gate.reject(error),
    fetch: (key, { signal }) => {
      calls.push(key)
      signals.push(signal)
      return gate.promise
    },
  }
}
