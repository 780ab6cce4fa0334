import express from 'express'
import Fastify from 'fastify'
import { Hono } from 'hono'
import { cloneRawRequest } from 'hono/request'
import Koa from 'koa'
import { type Dashboard, fromThisMachine } from '../../src/dashboard/index.ts'
import { pageOf } from '../docs/markdown.ts'
import { textOf } from '../docs/repository.ts'

/** What the blocks of the page import, and what is the reader's own. */
const GIVEN = { express, Fastify, Hono, cloneRawRequest, Koa, authorize: fromThisMachine }

/**
 * Runs the block of `docs/dashboard.md` that mounts the dashboard in a framework, as it stands there. @returns its `app`
 *
 * @param imports what the block imports: `import Koa from 'koa'`
 * @param before what the reader has done to the app before that
 */
export function documented<App>(imports: string, panel: Dashboard, before: (app: App) => void = () => {}): App {
  const page = pageOf('docs/dashboard.md', textOf('docs/dashboard.md'))
  const code = page.lines.filter(({ kind, section }) => section === 'Where to mount it' && kind !== 'prose')
  const blocks = code.map(({ text }) => text).join('\n')
  const block = blocks.split('```').find((text) => text.includes(imports))
  if (block === undefined) throw new Error(`docs/dashboard.md says nothing of "${imports}"`)
  const lines = block.split('\n').filter((line) => line !== 'ts' && !line.startsWith('import '))
  const text = lines.join('\n').replace(/^const app = .*$/m, '$&\nbefore(app)')
  const given = { ...GIVEN, cache: undefined, dashboard: () => panel, panel, before }
  // A block of its own: there it may make a `panel` of its own.
  return new Function(...Object.keys(given), `{ ${text}\nreturn app }`)(...Object.values(given)) as App
}
