/** What the cache uses of `node:diagnostics_channel`, for a page: nobody can subscribe there. */
const silent = {
  hasSubscribers: false,
  publish: (): void => undefined,
  tracePromise: <T>(run: () => Promise<T>): Promise<T> => run(),
}

export const channel = (): typeof silent => silent
export const tracingChannel = (): typeof silent => silent
