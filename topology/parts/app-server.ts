import { Agent } from 'node:http'
import { fileURLToPath } from 'node:url'
import { launch } from '../../servers/launch.ts'
import { type AppSettings, environmentOf } from '../app/settings.ts'
import { ask } from '../wire/ask.ts'
import { launchedPart } from './launched-part.ts'
import type { Part } from './part.ts'

const MAIN = fileURLToPath(new URL('../app/main.ts', import.meta.url))
/** What one process has compiled, the next one need not: they start in half the time. */
const COMPILED = fileURLToPath(new URL('../../node_modules/.cache/terrace-topology', import.meta.url))

export function startAppServer(settings: AppSettings): Promise<Part> {
  const { name, port } = settings
  const agent = new Agent()
  const env = { ...process.env, NODE_COMPILE_CACHE: COMPILED, ...environmentOf(settings) }
  const answers = async () => (await ask(agent, `http://127.0.0.1:${port}`, 'GET', '/health', 1000)).status === 200
  const options = { env, channel: true, detached: true }
  return launchedPart('app', name, port, () => launch(process.execPath, [MAIN], answers, options))
}
