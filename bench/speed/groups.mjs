// One process measures one group: its workloads share an instance, and no instance is discarded.
import { hits, longKeys } from './hits.mjs'
import { expiring, readThrough } from './read-through.mjs'
import { evict, insert } from './sets.mjs'

/** `needs` names the ability a peer must have to take part. */
export const groups = {
  hits: { run: hits },
  long: { run: longKeys },
  insert: { run: insert },
  evict: { run: evict, needs: 'evicts' },
  'read-through': { run: readThrough, needs: 'evicts' },
  expiring: { run: expiring, needs: 'expires' },
}
