import { reportAdvice } from './advice/report.mjs'
import { runAdvice } from './advice/run.mjs'
import { reportAllocation } from './allocation/report.mjs'
import { runAllocation } from './allocation/run.mjs'
import { reportFeatures } from './features/report.mjs'
import { runFeatures } from './features/run.mjs'
import { reportMemory } from './memory/report.mjs'
import { runMemory } from './memory/run.mjs'
import { reportPauses } from './pauses/report.mjs'
import { runPauses } from './pauses/run.mjs'
import { reportRemote } from './remote/report.mjs'
import { runRemote } from './remote/run.mjs'
import { reportScaling } from './scaling/report.mjs'
import { runScaling } from './scaling/run.mjs'
import { reportSpeed } from './speed/report.mjs'
import { joinSpeed, runSpeed } from './speed/run.mjs'
import { reportAsync } from './tiered/report.mjs'
import { runAsync } from './tiered/run.mjs'

/** What can be measured: how it is run, how its figures are shown, and how they join those of an earlier run. */
export const parts = {
  speed: { run: runSpeed, report: reportSpeed, join: joinSpeed },
  memory: { run: runMemory, report: reportMemory },
  pauses: { run: runPauses, report: reportPauses },
  scaling: { run: runScaling, report: reportScaling },
  allocation: { run: runAllocation, report: reportAllocation },
  async: { run: runAsync, report: reportAsync },
  advice: { run: runAdvice, report: reportAdvice },
  features: { run: runFeatures, report: reportFeatures },
  remote: { run: runRemote, report: reportRemote },
}
