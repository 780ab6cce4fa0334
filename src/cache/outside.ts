import { AsyncLocalStorage } from 'node:async_hooks'

/**
 * Runs something in no request's asynchronous context. A timer that sets the next one would go on for ever in that of
 * the request that happened to set the first, and hold on to all that is in it.
 */
export const outside: <T>(run: () => T) => T = AsyncLocalStorage.snapshot()
