import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { startRedis } from '../../servers/redis-server.ts'
import { adoptClient } from '../../src/stores/redis/adopt.ts'
import type { Hears } from '../../src/stores/redis/connection.ts'
import { MadeConnection } from '../../src/stores/redis/made-client.ts'
import { redisPlan } from '../../src/stores/redis/options.ts'
import { systemWorld } from '../../src/world/system-world.ts'
import { LIBRARIES } from './clients.ts'

const hears: Hears = { message: () => undefined, lost: () => undefined }

test.each(LIBRARIES)('$name: a line that is given up while its socket opens leaves none', async ({ single }) => {
  const server = await startRedis()
  const given = await single(server.port)
  onTestFinished(async () => {
    await given.close()
    await server.close()
  })
  const connected = async () => Number(/connected_clients:(\d+)/.exec(await server.command('INFO', 'clients'))![1])
  const before = await connected()
  const { listen } = adoptClient(given.client, 'client')
  for (let n = 0; n < 5; n++) {
    const opening = new AbortController()
    const line = listen!('channel', hears, opening.signal)
    opening.abort()
    await expect(line).rejects.toThrow()
  }
  // Connected after all those, so they have been, too, if they ever are.
  const line = await listen!('channel', hears)
  await expect.poll(connected).toBe(before + 1)
  line.close()
})

test('a client that is closed while its socket opens sends nothing over it, and tries no other', async () => {
  const sockets: Socket[] = []
  let told = 0
  const server = createServer((socket) => {
    sockets.push(socket)
    socket.on('data', (bytes) => {
      told += bytes.length
    })
    socket.on('error', () => undefined)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  const { source } = redisPlan({ host: '127.0.0.1', port })
  if (source.kind !== 'made') throw new Error('expected settings')
  const module = await import('@redis/client')
  const over = Promise.withResolvers<void>()
  const createClient = (options: object) => {
    const client = module.createClient(options)
    const connect = client.connect.bind(client)
    client.connect = () => {
      const connecting = connect()
      connecting.then(
        () => over.resolve(),
        () => over.resolve(),
      )
      queueMicrotask(() => void connection.close())
      return connecting
    }
    return client
  }
  const connection = new MadeConnection(source.settings, systemWorld, async () => ({ ...module, createClient }))
  await over.promise
  await expect.poll(() => sockets.every((socket) => socket.destroyed || socket.readableEnded)).toBe(true)
  expect(told).toBe(0)
  await expect(connection.send('k', ['GET', 'k'])).rejects.toMatchObject({ code: 'ERR_CLOSED' })
})
