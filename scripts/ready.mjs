// Makes a fresh clone ready (installs what is missing), then runs an npm script on the Node that
// came with the install. This file alone must run on an old Node: keep it plain.
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, statSync } from 'node:fs'
import process from 'node:process'
import { fileURLToPath } from 'node:url'

// Ctrl-C goes to the whole group: the script asked for ends in its own way, and this waits for it.
process.on('SIGINT', () => {})

const root = fileURLToPath(new URL('..', import.meta.url))
const npm = process.env.npm_execpath ? [process.execPath, process.env.npm_execpath] : ['npm']

function run(args, options = {}) {
  const [command, ...rest] = [...npm, ...args]
  return spawnSync(command, rest, { cwd: root, stdio: 'inherit', ...options }).status ?? 1
}

const modified = (file) => (existsSync(root + file) ? statSync(root + file).mtimeMs : 0)

if (modified('node_modules/.package-lock.json') < modified('package-lock.json')) {
  console.error('Installing what is missing, this once; it may take a minute or two.')
  // The first lines of output belong to the program that was asked for, not to npm.
  const status = run(['ci', '--no-audit', '--no-fund', '--loglevel=error'], { stdio: ['ignore', 2, 2] })
  if (status !== 0) process.exit(status)
}

const [script, ...args] = process.argv.slice(2)
const [command, ...rest] = [...npm, 'run', '--silent', script, '--', ...args]
const child = spawn(command, rest, { cwd: root, stdio: 'inherit' })
// Whoever ends this one, or the npm it runs under, means the script: what that has started is its to end.
const end = (signal) => child.kill(signal)
for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, end)
const parent = process.ppid
setInterval(() => process.ppid === parent || end('SIGTERM'), 500).unref()
child.on('error', () => process.exit(1))
child.on('exit', (code) => process.exit(code === null ? 1 : code))
