// It evicts nothing (a set into a full cache throws), so it takes no part where something must go,
// and has no limit here.
import NodeCache from 'node-cache'

export const abilities = []
export const create = () => new NodeCache({ useClones: false, checkperiod: 0 })
