/**
 * Wrapping code: functions whose results are cached, functions that invalidate what they change, and single fetches
 * that are gathered.
 *
 * Run it: node examples/wrap.ts
 */
// In a project of your own: from 'terrace'.
import { createCache, gathered, invalidating, memory } from '../src/index.ts'

interface Book {
  readonly id: number
  readonly title: string
  readonly author: string
}

const shelf = new Map<number, Book>([
  [1, { id: 1, title: 'Emma', author: 'Austen' }],
  [2, { id: 2, title: 'Persuasion', author: 'Austen' }],
])
let asked = 0

async function findBook(id: number): Promise<Book | undefined> {
  asked++
  return shelf.get(id)
}

async function searchBooks(filter: { readonly author: string; readonly limit?: number }): Promise<Book[]> {
  asked++
  return [...shelf.values()].filter(({ author }) => author === filter.author).slice(0, filter.limit)
}

await using cache = createCache({ levels: [memory({ maxEntries: 1_000 })], ttl: '10m' })

// Arguments and result are those of the function. What is not there is remembered for a while as well.
const getBook = cache.wrap(findBook, { key: (id) => `book:${id}`, notFoundTtl: '30s' })
await Promise.all([getBook(1), getBook(1), getBook(1)])
console.log(`${(await getBook(1))?.title}, asked ${asked} time(s), kept as ${getBook.key(1)}`)
console.log('peek:', getBook.peek(1)?.title)

// Without `key`, the name and all arguments are the key, whatever the order of their properties.
const search = cache.wrap(searchBooks, { tags: (_, books) => books.map(({ id }) => `book ${id}`) })
await search({ author: 'Austen', limit: 5 })
const found = await search({ limit: 5, author: 'Austen' })
console.log(`${found.length} books, asked ${asked} times, kept as ${search.key({ author: 'Austen', limit: 5 })}`)

// What changes a book says what becomes invalid, once it has succeeded.
const retitle = invalidating(
  cache,
  async (id: number, title: string) => {
    shelf.set(id, { ...shelf.get(id)!, title })
  },
  { keys: ([id]) => [getBook.key(id)], tags: ([id]) => [`book ${id}`] },
)
await retitle(2, 'The Elliots')
console.log('after the change:', (await search({ author: 'Austen' })).map(({ title }) => title).join(', '))

// Anew, without anybody missing it meanwhile.
shelf.set(1, { id: 1, title: 'Emma, revised', author: 'Austen' })
console.log('refreshed:', (await getBook.refresh(1))?.title)

// Single calls that miss in the same turn are fetched together.
const priceOf = gathered<number>((keys) => {
  console.log(`fetching ${keys.length} prices at once`)
  return keys.map((key) => key.length)
})
const prices = cache.namespace<number>('prices')
const ids = ['1', '22', '333']
const all = await Promise.all(ids.map((id) => prices.getOrFetch(id, priceOf)))
console.log('prices:', all.map(({ data }) => data).join(', '))
