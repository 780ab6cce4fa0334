import { createServer } from 'node:http'
import { expect, it, onTestFinished } from 'vitest'
import { freePort } from '../../servers/free-port.ts'
import { WARM_ITEMS, warmUp } from '../../topology/load/warm-up.ts'

/** A load balancer with nobody behind it for its first `refusals` requests, and what it has let through. */
async function balancer(port: number, refusals: number): Promise<Set<string>> {
  const read = new Set<string>()
  const server = createServer(({ url }, response) => {
    if (refusals-- > 0) return void response.writeHead(502).end()
    read.add(url!)
    response.end('{}')
  })
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return read
}

it('waits for the load balancer, and for who is behind it, before it reads', async () => {
  const port = await freePort()
  const warming = warmUp(`http://127.0.0.1:${port}`, new AbortController().signal)
  // Until something has been asked of a port at which nobody is.
  await expect(fetch(`http://127.0.0.1:${port}`)).rejects.toThrow()
  const read = await balancer(port, 3)
  await warming
  expect([...read].sort()).toEqual(Array.from({ length: WARM_ITEMS }, (_, id) => `/items/${id}`).sort())
})

it('tells what it has met if nobody ever answers', async () => {
  const base = `http://127.0.0.1:${await freePort()}`
  const { signal } = new AbortController()
  await expect(warmUp(base, signal, 150)).rejects.toThrow(
    /^http:\S+ does not answer within 0.15 s: .*(ECONNREFUSED|no answer)/,
  )
  const port = await freePort()
  await balancer(port, Number.POSITIVE_INFINITY)
  await expect(warmUp(`http://127.0.0.1:${port}`, signal, 150)).rejects.toThrow(/within 0.15 s: (status 502|no answer)/)
})

it('reads nothing once it is told to end', async () => {
  const port = await freePort()
  const ended = new AbortController()
  const warming = warmUp(`http://127.0.0.1:${port}`, ended.signal)
  ended.abort()
  const read = await balancer(port, 0)
  await warming
  expect([...read].filter((url) => url !== '/items/0')).toEqual([])
})
