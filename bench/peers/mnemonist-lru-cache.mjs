import { LRUCache } from 'mnemonist'

export const abilities = ['evicts']
export const create = (max) => new LRUCache(max)
