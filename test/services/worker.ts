import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { Orders, Setup } from './process-orders.ts'

type Answer<O extends keyof Orders> = ReturnType<Orders[O]>

/** Another process with a cache of its own. */
export interface Worker {
  readonly pid: number
  /** How the process ended: its code, or the signal; `undefined` while it lives. */
  readonly ended: number | string | undefined
  /** Asks it for something. Rejects with what that throws, or if the process ends. */
  ask<O extends keyof Orders>(order: O, ...given: Parameters<Orders[O]>): Promise<Answer<O>>
  /** kill -9. Resolves when the process is gone. */
  kill(): Promise<void>
  stop(): void
  cont(): void
}

const CHILD = new URL('./children/cache-process.ts', import.meta.url)

/** What one process has compiled, the next one need not: they start in half the time. */
const COMPILED = fileURLToPath(new URL('../../node_modules/.cache/terrace-test-processes', import.meta.url))

/** Starts a process and opens its cache. */
export async function startWorker(setup: Setup): Promise<Worker> {
  const child = fork(CHILD, [], {
    execArgv: ['--expose-gc', '--disable-warning=ExperimentalWarning'],
    serialization: 'advanced',
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    env: { ...process.env, NODE_COMPILE_CACHE: COMPILED },
  })
  const reap = (): void => void child.kill('SIGKILL')
  process.setMaxListeners(100)
  process.once('exit', reap)
  const waiting = new Map<number, PromiseWithResolvers<unknown>>()
  const ready = Promise.withResolvers<unknown>()
  waiting.set(-1, ready)
  let log = ''
  for (const stream of [child.stdout!, child.stderr!]) {
    stream.on('data', (chunk) => {
      log = (log + chunk).slice(-4000)
    })
  }
  child.on('message', ({ id, answer, error }: { id: number; answer?: unknown; error?: Error }) => {
    const asked = waiting.get(id)
    waiting.delete(id)
    if (error === undefined) asked?.resolve(answer)
    else asked?.reject(error)
  })
  child.once('exit', (code, signal) => {
    process.off('exit', reap)
    for (const { reject } of waiting.values()) reject(new Error(`the process ended (${signal ?? code})\n${log}`))
    waiting.clear()
  })
  let count = 0
  const worker: Worker = {
    pid: child.pid!,
    get ended() {
      return child.signalCode ?? child.exitCode ?? undefined
    },
    ask: (order, ...given) => {
      const asked = Promise.withResolvers<unknown>()
      if (child.exitCode !== null || child.signalCode !== null) asked.reject(new Error(`the process has ended\n${log}`))
      else {
        const id = count++
        waiting.set(id, asked)
        child.send({ id, order, given })
      }
      return asked.promise as never
    },
    kill: () => gone(child),
    stop: () => void child.kill('SIGSTOP'),
    cont: () => void child.kill('SIGCONT'),
  }
  await ready.promise
  await worker.ask('open', setup)
  return worker
}

function gone(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve()
  return new Promise((resolve) => {
    child.once('exit', () => resolve())
    child.kill('SIGKILL')
  })
}
