import type { ListedVerb } from './verb.ts'

/** Every verb, in the order in which the help lists them. */
export const VERBS: Readonly<Record<string, ListedVerb>> = {
  simulate: {
    takes: 'TRACE...',
    summary: 'replay request traces against real caches, print hit ratios',
    load: async () => (await import('./simulate.ts')).verb,
  },
}
