import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, statSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const bench = fileURLToPath(new URL('.', import.meta.url))
/** The folder of the library. */
export const ROOT = fileURLToPath(new URL('..', import.meta.url))

function npm(args, cwd) {
  const [command, ...first] = process.env.npm_execpath ? [process.execPath, process.env.npm_execpath] : ['npm']
  const { status } = spawnSync(command, [...first, ...args], { cwd, stdio: ['ignore', 2, 2] })
  return status === 0
}

const modified = (file) => (existsSync(file) ? statSync(file).mtimeMs : 0)

function newestIn(folder) {
  let newest = 0
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (entry.isFile()) newest = Math.max(newest, modified(`${entry.parentPath}/${entry.name}`))
  }
  return newest
}

/** Installs the peers if they are missing or others than the lockfile names. */
export function installPeers() {
  if (modified(`${bench}node_modules/.package-lock.json`) >= modified(`${bench}package-lock.json`)) return
  const args = ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error']
  if (!npm(args, bench)) throw new Error('npm ci in bench/ failed')
}

/** Builds the library if dist/ is missing or older than src/: what is measured is what is published. */
export function buildLibrary(folder = ROOT) {
  if (!existsSync(`${folder}/src`)) throw new Error(`${folder} is no checkout of the library`)
  if (modified(`${folder}/dist/memory.js`) >= newestIn(`${folder}/src`)) return
  if (!npm(['run', '--silent', 'build'], folder)) throw new Error(`npm run build failed in ${folder}`)
}
