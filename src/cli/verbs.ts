import type { ListedVerb } from './verb.ts'

/** Every verb, in the order in which the help lists them. */
export const VERBS: Readonly<Record<string, ListedVerb>> = {
  demo: {
    takes: '',
    summary: 'open a small shop, and watch its cache at work in a page',
    load: async () => (await import('./demo.ts')).verb,
  },
  top: {
    takes: 'URL...',
    summary: 'watch what a running process or fleet does, through its dashboard',
    load: async () => (await import('./top.ts')).verb,
  },
  inspect: {
    takes: 'TARGET KEY',
    summary: 'show what lies in a store under a key, and whether it is served',
    load: async () => (await import('./inspect.ts')).verb,
  },
  invalidate: {
    takes: 'TARGET WHAT',
    summary: 'invalidate keys, tags, prefixes, namespaces or everything in a shared level',
    load: async () => (await import('./invalidate.ts')).verb,
  },
  doctor: {
    takes: 'TARGET',
    summary: 'check a live Redis, Memcached or file for what Terrace needs of it',
    load: async () => (await import('./doctor.ts')).verb,
  },
  dashboard: {
    takes: '--redis URL',
    summary: 'serve a dashboard for a running fleet',
    load: async () => (await import('./dashboard.ts')).verb,
  },
  simulate: {
    takes: 'TRACE...',
    summary: 'replay request traces against real caches, print hit ratios',
    load: async () => (await import('./simulate.ts')).verb,
  },
  advise: {
    takes: 'TRACE',
    summary: 'tell how best to spend a budget of memory on levels',
    load: async () => (await import('./advise.ts')).verb,
  },
  completion: {
    takes: 'bash | zsh',
    summary: 'print a script with which the shell completes all of this',
    load: async () => (await import('./completion.ts')).completionVerb(VERBS),
  },
}
