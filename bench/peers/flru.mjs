// Holds up to twice its limit: two objects, of which the older is dropped when the newer is full.
import flru from 'flru'

export const abilities = ['evicts']
export const create = (max) => flru(max)
