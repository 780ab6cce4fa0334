import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type MemcachedServer, startMemcached } from '../../../servers/memcached-server.ts'
import { FakeWorld } from '../../../src/testing/fake-world.ts'
import { MetaItems } from './meta-items.ts'
import { MetaRequests } from './meta-requests.ts'
import { SimulatedMemcached } from './simulated-memcached.ts'
import { socketsTo, type Way, type WayFate } from './simulated-socket.ts'

let server: MemcachedServer

beforeAll(async () => {
  server = await startMemcached()
})
afterAll(async () => {
  await server.kill()
})

/** A command, its item versions told from the last one there was. */
type Command = (name: string, last: number) => string

const name = fc.constantFrom('a', 'b', 'c')
const body = fc.constantFrom('', 'x', 'two\r\nlines')
const back = fc.nat(4)
const stay = fc.constantFrom('T0', 'T60', 'T-1')
const command: fc.Arbitrary<Command> = fc.oneof(
  fc.constantFrom('v c N60', 'v', 'c N60', 'c', 'v c', 't').map(
    (flags): Command =>
      (item) =>
        `mg ${item} ${flags}\r\n`,
  ),
  fc.record({ body, back, stay, condition: fc.constantFrom('', 'C', 'ME ') }).map(
    ({ body, back, stay, condition }): Command =>
      (item, last) => {
        const on = condition === 'C' ? `C${Math.max(1, last - back)} ` : condition
        return `ms ${item} ${body.length} ${on}${stay} c\r\n${body}\r\n`
      },
  ),
  back.map(
    (back): Command =>
      (item, last) =>
        `md ${item} C${Math.max(1, last - back)}\r\n`,
  ),
  fc.constant<Command>(() => 'mn\r\n'),
)

describe('the simulated Memcached', () => {
  it('answers what a real one answers, to the byte', { timeout: 60_000 }, async () => {
    let run = 0
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(name, command), { minLength: 1, maxLength: 40 }), async (steps) => {
        const prefix = `r${run++}-`
        // Its versions go on from one run to the next.
        const probe = await server.raw(`ms ${prefix}probe 0 T0 c\r\n\r\nmn\r\n`, 'MN\r\n')
        const first = Number(/c(\d+)/.exec(probe)![1])
        const items = new MetaItems(() => 1_800_000_000)
        items.run(`ms ${prefix}probe 0 T0 c`, Buffer.alloc(0))
        let sent = ''
        let expected = ''
        for (const [item, make] of steps) {
          const text = make(prefix + item, items.lastCas)
          for (const { line, body } of new MetaRequests().feed(Buffer.from(text))) {
            expected += items.run(line, body)!.toString('latin1')
          }
          sent += text
        }
        // Only the versions differ, all by the same.
        const theirs = sent.replace(/ C(\d+)/g, (_, cas) => ` C${Number(cas) + first - 1}`)
        // What ends the answers is in none of them: they may come in pieces.
        const end = `HD k${prefix}end\r\n`
        const told = await server.raw(`${theirs}ms ${prefix}end 0 T0 k\r\n\r\n`, end)
        const ours = told.replace(/ c([1-9]\d*)/g, (_, cas) => ` c${Number(cas) - first + 1}`)
        expect(ours).toBe(expected + end)
      }),
      { numRuns: 60 },
    )
  })

  it('takes commands however they are cut', () => {
    const bytes = Buffer.from('mn\r\nms a 4 T0 c\r\n\r\n\r\n\r\nmg a v\r\n')
    fc.assert(
      fc.property(fc.array(fc.nat(bytes.length)), (cuts) => {
        const requests = new MetaRequests()
        const places = [0, ...cuts.sort((a, b) => a - b), bytes.length]
        const lines = places.slice(1).flatMap((end, n) => requests.feed(bytes.subarray(places[n]!, end)))
        expect(lines.map(({ line, body }) => [line, body.toString()])).toEqual([
          ['mn', ''],
          ['ms a 4 T0 c', '\r\n\r\n'],
          ['mg a v', ''],
        ])
      }),
    )
  })

  it('ends items by whole seconds of its own clock, and makes room by taking what is there', () => {
    let second = 1_800_000_000
    const items = new MetaItems(() => second)
    items.run('ms a 1 T2 c', Buffer.from('x'))
    second++
    expect(String(items.run('mg a t v', NOTHING))).toBe('VA 1 t1\r\nx\r\n')
    second++
    expect(String(items.run('mg a v', NOTHING))).toBe('EN\r\n')
    items.run('ms a 1 T0 c', Buffer.from('x'))
    expect(String(items.run('ms a 1 T0 c', Buffer.from('y'), false))).toBe(
      'SERVER_ERROR out of memory storing object\r\n',
    )
    expect(String(items.run('mg a v', NOTHING))).toBe('EN\r\n')
  })
})

const NOTHING = Buffer.alloc(0)

/** A socket to a server of its own, and what was heard there. */
function connected(fates: readonly WayFate[] = []) {
  const world = new FakeWorld()
  const simulated = new SimulatedMemcached(world)
  const left = [...fates]
  const way: Way = {
    fate: () => left.shift() ?? { there: 1, back: 1 },
    cuts: () => [],
    isHeld: () => false,
    enter: (run) => run(),
  }
  const heard: string[] = []
  const open = () => {
    const socket = socketsTo(world, simulated, way)()
    socket.on('connect', () => heard.push('connect'))
    socket.on('data', (chunk) => heard.push(String(chunk)))
    socket.on('error', (error) => heard.push(error.message))
    return socket
  }
  return { world, simulated, heard, socket: open(), open }
}

describe('a simulated connection', () => {
  it('executes after a freeze what lay in its sockets, also for those who are gone', () => {
    const { world, simulated, heard, socket } = connected()
    world.advance(10)
    simulated.freeze(1000)
    socket.write('ms a 1 T0 c\r\nx\r\n')
    world.advance(10)
    socket.destroy()
    world.advance(500)
    expect(simulated.names).toEqual([])
    world.advance(1000)
    expect(simulated.names).toEqual(['a'])
    expect(heard).toEqual(['connect'])
  })

  it('breaks before the effect, or after it', () => {
    for (const fault of ['breaksBefore', 'breaksAfter'] as const) {
      const { world, simulated, heard, socket } = connected([
        { there: 1, back: 1 },
        { there: 1, back: 5, fault },
      ])
      world.advance(10)
      socket.write('ms a 1 T0 c\r\nx\r\n')
      world.advance(10)
      expect(heard.at(-1)).toBe('ECONNRESET')
      expect(simulated.names).toEqual(fault === 'breaksAfter' ? ['a'] : [])
    }
  })

  it('breaks for the client alone, and what it has sent arrives nevertheless', () => {
    const { world, simulated, heard, socket } = connected([
      { there: 1, back: 1 },
      { there: 100, back: 1, fault: 'breaksHere' },
    ])
    world.advance(10)
    socket.write('ms a 1 T0 c\r\nx\r\n')
    world.advance(10)
    socket.destroy()
    expect(heard.at(-1)).toBe('ETIMEDOUT')
    expect(simulated.names).toEqual([])
    world.advance(100)
    expect(simulated.names).toEqual(['a'])
  })

  it('says nothing any more, and holds nobody up', () => {
    const { world, simulated, heard, socket } = connected([
      { there: 1, back: 1 },
      { there: 1, back: 1, fault: 'silentAfter' },
    ])
    world.advance(10)
    socket.write('ms a 1 T0 c\r\nx\r\n')
    world.advance(1000)
    socket.write('mn\r\n')
    world.advance(1000)
    expect(simulated.names).toEqual(['a'])
    expect(heard).toEqual(['connect'])
    expect(world.timers).toBe(0)
  })

  it('is refused while the server is down, which comes back empty', () => {
    const { world, simulated, heard, socket, open } = connected()
    world.advance(10)
    socket.write('ms a 1 T0 c\r\nx\r\n')
    world.advance(10)
    simulated.restart(100)
    world.advance(10)
    open()
    world.advance(10)
    expect(heard.slice(-2)).toEqual(['ECONNRESET', 'ECONNREFUSED'])
    world.advance(100)
    open().write('mg a v\r\nms a 0 T0 c\r\n\r\n')
    world.advance(10)
    expect(heard.at(-1)).toBe('EN\r\nHD c1\r\n')
  })
})
