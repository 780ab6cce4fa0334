// A cache with more and more in use. Each gives what holds it, what fetches a value, and the options of the
// call that asks, if there are any.

const HOUR_MS = 3_600_000
const TERMS = { ttl: HOUR_MS, staleFor: HOUR_MS }
const tagsOf = (key) => ['users', `group:${key.at(-1)}`]

const userOf = (key) => ({ id: key, name: `user ${key}` })

/** As in the part `async`: where a hit is found, and a level below that it never comes to. */
const open = ({ createCache, memory }, size, options = {}) =>
  createCache({ levels: [memory({ maxEntries: 2 * size }), memory({ maxEntries: 10_000 })], ...options })

const told =
  ({ found }, keep = {}) =>
  (key) =>
    found(userOf(key), { ...keep, tags: tagsOf(key) })

export const PLAIN = 'plain'
/** The same once more: how far it is off is what chance does. */
export const TWIN = 'plain, once more'

/** Subject → how it is opened. `isLasting`: with nothing that an earlier version may not have. */
export const subjects = {
  [PLAIN]: {
    isLasting: true,
    open: (library, size) => ({ cache: open(library, size), fetcher: userOf }),
  },
  [TWIN]: {
    open: (library, size) => ({ cache: open(library, size), fetcher: userOf }),
  },
  'a ttl': {
    isLasting: true,
    open: (library, size) => ({ cache: open(library, size, { ttl: HOUR_MS }), fetcher: userOf }),
  },
  'tags and staleFor, by default': {
    open: (library, size) => ({ cache: open(library, size, TERMS), fetcher: told(library) }),
  },
  'tags and staleFor, by the fetcher': {
    open: (library, size) => ({ cache: open(library, size), fetcher: told(library, TERMS) }),
  },
  'tags and staleFor, by the call': {
    open: (library, size) => ({
      cache: open(library, size),
      fetcher: userOf,
      options: { ...TERMS, tags: ['users', 'group:1'] },
    }),
  },
  'a namespace': {
    isLasting: true,
    open: (library, size) => ({ cache: open(library, size).namespace('users'), fetcher: userOf }),
  },
  'tags, staleFor, refreshAfter, a namespace with options': {
    open: (library, size) => ({
      cache: open(library, size).namespace('users', { ...TERMS, refreshAfter: 0.8 }),
      fetcher: told(library),
    }),
  },
  'a governor': {
    open: (library, size) => ({ cache: open(library, size, { source: { maxConcurrent: 100 } }), fetcher: userOf }),
  },
}

export const CALLS = ['getOrFetch', 'get']

/** What an earlier version is called in the tables. */
export const before = (name) => `${name}, before`
