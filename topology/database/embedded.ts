import { Agent } from 'node:http'
import { DATABASE } from '../plan.ts'
import { ask } from '../wire/ask.ts'
import type { Database, Item } from './database.ts'

/** The shop in the process of embedded-server.ts: `http://127.0.0.1:port`. */
export function embeddedDatabase(url: string): Database {
  const agent = new Agent({ keepAlive: true, maxSockets: DATABASE.connectionsOfEach })
  const told = async <T>(method: 'GET' | 'POST', path: string): Promise<T> => {
    const { status, text } = await ask(agent, url, method, path)
    if (status !== 200) throw new Error(`the database answered ${status}: ${text}`)
    return JSON.parse(text) as T
  }
  return {
    find: async (id) => (await told<Item[]>('GET', `/item/${id}`))[0],
    rewrite: async (id) => (await told<Item[]>('POST', `/item/${id}`))[0],
    rewriteCategory: (category) => told('POST', `/category/${category}`),
    versions: async () => new Map(await told<[number, number][]>('GET', '/versions')),
    setPace: async (ms) => {
      await told('POST', `/pace/${ms}`)
    },
    close: async () => agent.destroy(),
  }
}
