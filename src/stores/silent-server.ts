import type { ServerInfo } from '../level.ts'

/** What is known of one server of several that does not answer: its kind. */
export function silentServer(server: string): ServerInfo {
  return Object.freeze({
    server,
    isUp: false,
    uptime: undefined,
    hits: undefined,
    misses: undefined,
    hitRatio: undefined,
    memory: undefined,
    maxMemory: undefined,
    keys: undefined,
    clients: undefined,
    evictions: undefined,
    nodes: Object.freeze({}),
  })
}
