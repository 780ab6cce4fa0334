import { reportSpeed } from './speed/report.mjs'
import { runSpeed } from './speed/run.mjs'

/** What can be measured: how it is run, and how its figures are shown. */
export const parts = {
  speed: { run: runSpeed, report: reportSpeed },
}
