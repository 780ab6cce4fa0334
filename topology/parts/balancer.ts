import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { Agent } from 'node:http'
import { join } from 'node:path'
import { launch } from '../../servers/launch.ts'
import { ask } from '../wire/ask.ts'
import { launchedPart } from './launched-part.ts'
import type { Part } from './part.ts'

/** What config/nginx.conf.template leaves open. */
export interface BalancerNames {
  readonly LISTEN: string
  readonly APP_1: string
  readonly APP_2: string
  readonly APP_3: string
  /** What serves the page. */
  readonly PAGE: string
}

const TEMPLATE = new URL('../config/nginx.conf.template', import.meta.url)

/** What the image of nginx has around the template by itself. All it writes lies in its folder. */
const frame = (folder: string, site: string): string => `
pid ${folder}/nginx.pid;
error_log stderr warn;
events { worker_connections 8192; }
http {
  access_log off;
  client_body_temp_path ${folder}/body;
  proxy_temp_path ${folder}/proxy;
  fastcgi_temp_path ${folder}/fastcgi;
  uwsgi_temp_path ${folder}/uwsgi;
  scgi_temp_path ${folder}/scgi;
${site}
}
`

/** The template with its names filled in, as the image of nginx does it. */
export function siteOf(names: BalancerNames): string {
  return readFileSync(TEMPLATE, 'utf8').replace(/\$\{([A-Z_0-9]+)\}/g, (_, name: string) => {
    const value = (names as unknown as Record<string, string>)[name]
    if (value === undefined) throw new Error(`nginx.conf.template: what is ${name}?`)
    return value
  })
}

/** Starts nginx as the load balancer, in one process. */
export function startBalancer(folder: string, port: number, names: Omit<BalancerNames, 'LISTEN'>): Promise<Part> {
  const own = join(folder, 'nginx')
  mkdirSync(own, { mode: 0o711 })
  const file = join(own, 'nginx.conf')
  writeFileSync(file, frame(own, siteOf({ LISTEN: `127.0.0.1:${port}`, ...names })))
  const args = ['-p', own, '-c', file, '-e', 'stderr', '-g', 'daemon off; master_process off;']
  const agent = new Agent()
  const answers = async () => (await ask(agent, `http://127.0.0.1:${port}`, 'GET', '/', 1000)).status > 0
  return launchedPart('balancer', 'balancer', port, () => launch('nginx', args, answers, { detached: true }))
}
