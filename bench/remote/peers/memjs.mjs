import memjs from 'memjs'

export function open({ port, parses }) {
  const client = memjs.Client.create(`127.0.0.1:${port}`)
  const get = parses
    ? async (key) => JSON.parse((await client.get(key)).value)
    : async (key) => (await client.get(key)).value
  return {
    get,
    // It has no call for several keys.
    getMany: (keys) => Promise.all(keys.map(get)),
    set: (key, value) => client.set(key, JSON.stringify(value), {}),
  }
}
