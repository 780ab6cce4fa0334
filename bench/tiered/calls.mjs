/** Module → the calls it is measured with; the first of each also fills its cache. */
export const REFERENCE = 'async function over a Map'

export const calls = {
  bare: [REFERENCE],
  terrace: ['terrace getOrFetch', 'terrace get', 'terrace peek (synchronous)'],
  'layered-loader': ['layered-loader get', 'layered-loader getInMemoryOnly (synchronous)'],
  'async-cache-dedupe': ['async-cache-dedupe'],
  cacheable: ['cacheable getOrSet', 'cacheable get'],
  'cache-manager': ['cache-manager wrap', 'cache-manager get'],
  bentocache: ['bentocache getOrSet', 'bentocache get'],
}
