import { LRUMap } from 'mnemonist'

export const abilities = ['evicts']
export const create = (max) => new LRUMap(max)
