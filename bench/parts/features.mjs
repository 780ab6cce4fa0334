// A hit of level 1 of a cache with features in use. The library is that in `folder`.
import { pathToFileURL } from 'node:url'
import { subjects } from '../features/subjects.mjs'
import { FINE, keys, timeHits } from '../tiered/hits.mjs'

export async function measure({ folder, subject, call }) {
  const library = await import(pathToFileURL(`${folder}/dist/index.js`).href)
  const { cache, fetcher, options } = subjects[subject].open(library, keys.length)
  let loads = 0
  const load = (key) => {
    loads++
    return fetcher(key)
  }
  // What says nothing is called without options: they are looked through by each hit.
  const getOrFetch =
    options === undefined ? (key) => cache.getOrFetch(key, load) : (key) => cache.getOrFetch(key, load, options)
  for (const key of keys) await getOrFetch(key)
  const result = await timeHits(call === 'get' ? (key) => cache.get(key) : getOrFetch, FINE)
  if (loads !== keys.length) throw new Error(`${loads} loads for ${keys.length} keys: not all calls were hits`)
  return result
}
