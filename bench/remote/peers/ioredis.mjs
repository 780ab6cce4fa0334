import { Redis } from 'ioredis'

export function open({ port, parses }) {
  const client = new Redis(port, '127.0.0.1')
  if (!parses) {
    return {
      get: (key) => client.get(key),
      getMany: (keys) => client.mget(keys),
      set: (key, value) => client.set(key, JSON.stringify(value)),
    }
  }
  return {
    get: async (key) => JSON.parse(await client.get(key)),
    getMany: async (keys) => (await client.mget(keys)).map((text) => JSON.parse(text)),
    set: (key, value) => client.set(key, JSON.stringify(value)),
  }
}
