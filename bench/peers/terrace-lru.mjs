import { withPolicy } from './terrace.mjs'

export { abilities } from './terrace.mjs'
export const create = withPolicy('lru')
