import { createLRU } from 'lru.min'

export const abilities = ['evicts']
export const create = (max) => createLRU({ max })
