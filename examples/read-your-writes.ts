/**
 * Two app servers over one file. Whoever has changed something on one reads it on the other at once: he brings
 * a token along, in a header. Who brings none may be behind for as long as `maxStaleness` allows.
 *
 * Run it: node examples/read-your-writes.ts
 */
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
// In a project of your own: from 'terrace' and 'terrace/disk'.
import { createCache, memory, sendToken, TOKEN_HEADER, tokenIn } from '../src/index.ts'
import { disk } from '../src/levels/disk.ts'

/** An app server: `PUT` changes the name, `GET` tells it. */
async function serve(path: string) {
  const cache = createCache<string>({ levels: [memory(), disk({ path, timeout: '5s', maxStaleness: '10m' })] })
  const server = createServer((request, response) => {
    // All reads inside are behind nothing that the token tells of, and all writes go into the next one.
    void cache.following(tokenIn(request), async () => {
      if (request.method === 'PUT') await cache.set('name', await text(request))
      sendToken(response, cache)
      response.end(await cache.get('name'))
    })
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = server.address() as AddressInfo
  const close = async () => {
    server.closeAllConnections()
    server.close()
    await cache.close()
  }
  return { url: `http://127.0.0.1:${port}`, close }
}

const folder = mkdtempSync(join(tmpdir(), 'terrace-example-'))
const path = join(folder, 'names.db')
const first = await serve(path)
const second = await serve(path)
try {
  await fetch(first.url, { method: 'PUT', body: 'Ada' })
  console.log('second server:', await (await fetch(second.url)).text())

  const changed = await fetch(first.url, { method: 'PUT', body: 'Grace' })
  const token = tokenIn(changed.headers)!
  console.log('without the token:', await (await fetch(second.url)).text())
  console.log('with it:', await (await fetch(second.url, { headers: { [TOKEN_HEADER]: token } })).text())
  console.log('from now on without:', await (await fetch(second.url)).text())
  console.log('the token has at most 60 characters:', token.length <= 60)
} finally {
  await Promise.all([first.close(), second.close()])
  rmSync(folder, { recursive: true })
}
