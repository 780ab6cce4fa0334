import { accessSync, constants, existsSync, mkdtempSync, rmSync, statfsSync, statSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { createCache } from '../../cache.ts'
import { disk } from '../../levels/disk.ts'
import { DiskFile } from '../disk-file.ts'
import { bytesText, countText } from '../figures-text.ts'
import { reasonOf } from '../reason.ts'
import type { DiskTarget } from '../target.ts'
import { Findings } from './finding.ts'
import { judgeLatency, timesOf } from './latency.ts'

/** File systems across a network, by the number Linux has for them: NFS, SMB, CIFS, 9P, FUSE. */
const REMOTE = [0x6969, 0x517b, 0xff534d42, 0xfe534d42, 0x01021997, 0x65735546]

/** Looks at the file of a disk level, which is only read; what is written is in a folder beside it, and removed. */
export async function examineDisk({ path }: DiskTarget, pings: number): Promise<Findings> {
  const findings = new Findings()
  const folder = dirname(resolve(path))
  if (!existsSync(folder)) {
    const why = 'The level makes the file and its folder, if it may.'
    findings.fail(
      'folder',
      `There is no folder ${folder}.`,
      why,
      'Make it, writable for the application, or see whether the path is right.',
    )
    return findings
  }
  if (existsSync(path) && statSync(path).isDirectory()) {
    findings.fail('file', `${path} is a folder.`, 'The level keeps all in one file.', 'Name the file in it.')
    return findings
  }
  writable(findings, folder, path)
  if (existsSync(path)) examineFile(findings, path)
  else findings.skip('file', 'There is no file yet: the level makes it when it is first used.', FILE)
  space(findings, folder)
  await tryLevel(findings, folder, pings)
  return findings
}

const FILE =
  'A database of another program is left alone, and the level fails; a file that is none, or damaged, is renamed, and a new one begun.'

function writable(findings: Findings, folder: string, path: string): void {
  const why = 'SQLite keeps its log beside the file: the folder must be writable, too.'
  const places = [folder, ...(existsSync(path) ? [path] : [])]
  const locked = places.find((place) => !isWritable(place))
  if (locked !== undefined) {
    findings.fail(
      'writable',
      `${locked} may not be written by this user.`,
      why,
      'Give it to the user that the application runs as (and run the doctor as that user).',
    )
    return
  }
  if (!existsSync(path)) {
    findings.ok('writable', 'The folder may be written.', why)
    return
  }
  const others = statSync(path).mode & 0o077
  const whyPrivate = 'What a cache holds is as secret as what it was fetched from.'
  if (others === 0) findings.ok('writable', 'File and folder may be written; the file is for its owner alone.', why)
  else
    findings.warn(
      'permissions',
      'The file can be read or written by other users of this machine.',
      whyPrivate,
      `chmod 600 ${path}`,
    )
}

function examineFile(findings: Findings, path: string): void {
  let file: DiskFile
  try {
    file = new DiskFile(path)
  } catch (cause) {
    findings.fail('file', reasonOf(cause), FILE, 'Remove it, if nothing else needs it, or choose another path.')
    return
  }
  try {
    if (!file.isOurs) {
      findings.fail(
        'file',
        'It is the file of something else, or of another version of Terrace.',
        FILE,
        'Choose another path, or bring all processes that share it to one version.',
      )
      return
    }
    const { db } = file
    const { entries = 0 } = db.prepare('SELECT entries FROM shard').get() ?? {}
    const size = statSync(path).size + (statSync(`${path}-wal`, { throwIfNoEntry: false })?.size ?? 0)
    findings.ok('file', `It holds ${countText(Number(entries))} entries in ${bytesText(size)}.`, FILE)
    const health = db.prepare('PRAGMA quick_check(1)').get()?.quick_check
    const whyWhole = 'A damaged file is noticed when the damage is met, and costs all that it holds.'
    if (health === 'ok') findings.ok('whole', 'SQLite finds no damage.', whyWhole)
    else
      findings.fail(
        'whole',
        `SQLite says: ${reasonOf(health)}`,
        whyWhole,
        'Remove the file: the level begins a new one. Look at the disk, too.',
      )
  } catch (cause) {
    findings.fail(
      'whole',
      `It cannot be read: ${reasonOf(cause)}`,
      FILE,
      'Remove the file: the level begins a new one. Look at the disk, too.',
    )
  } finally {
    file.close()
  }
}

function space(findings: Findings, folder: string): void {
  const why =
    'On a full disk the level evicts, and then fails; SQLite locks files in ways that file systems across a network often get wrong.'
  const { bavail, bsize, type } = statfsSync(folder)
  if (REMOTE.includes(type)) {
    findings.warn(
      'file-system',
      'The folder is on a file system across a network (or in user space).',
      why,
      'Put the file on a disk of this machine.',
    )
  } else findings.ok('file-system', 'The folder is on a file system of this machine.', why)
  const found = `${bytesText(bavail * bsize)} are free.`
  if (bavail * bsize < 2 ** 30)
    findings.warn('space', found, why, 'Make room, or set maxBytes (1 GiB by default) below what is there.')
  else findings.ok('space', found, why)
}

/** Writes, reads and invalidates through a cache, in a folder of its own beside the file. */
async function tryLevel(findings: Findings, folder: string, writes: number): Promise<void> {
  const why = 'Reads and writes are made in the calling thread: a slow disk holds up the whole process.'
  let own: string | undefined
  try {
    own = mkdtempSync(join(folder, '.terrace-doctor-'))
    const cache = createCache({ levels: [disk({ path: join(own, 'try.db'), timeout: 10_000 })] })
    try {
      let n = 0
      const times = await timesOf(writes, async () => {
        await cache.set(`doctor:${n}`, { n: n++ })
      })
      judgeLatency(findings, times, 'writes')
      const kept = await cache.get('doctor:0')
      const { ok } = await cache.clear()
      const left = await cache.get('doctor:0')
      if (kept !== undefined && ok && left === undefined)
        findings.ok('steps', `${writes} values were written, read and invalidated.`, why)
      else findings.fail('steps', 'What was written was not read back, or not invalidated.', why, 'Look at the disk.')
    } finally {
      await cache.close()
    }
  } catch (cause) {
    findings.fail(
      'steps',
      reasonOf(cause),
      why,
      'See that the folder may be written, and that this Node has node:sqlite (22.15 or later).',
    )
  } finally {
    if (own !== undefined) rmSync(own, { recursive: true, force: true })
  }
}

function isWritable(path: string): boolean {
  try {
    accessSync(path, constants.W_OK)
    return true
  } catch {
    return false
  }
}
