import { Command } from 'commander';
import { ownVersion } from '../activities/report/provenance.js';
import { approveCommand } from './commands/approve.js';
import { compareCommand } from './commands/compare.js';
import { devCommand } from './commands/dev.js';
import { diffCommand } from './commands/diff.js';
import { doctorCommand } from './commands/doctor.js';
import { evaluateCommand } from './commands/evaluate.js';
import { gradeCommand } from './commands/grade.js';
import { inspectCommand } from './commands/inspect.js';
import { lineageCommand } from './commands/lineage.js';
import { preflightCommand } from './commands/preflight.js';
import { publishCommand } from './commands/publish.js';
import { quickstartCommand } from './commands/quickstart.js';
import { reportCommand } from './commands/report.js';
import { runCommand } from './commands/run.js';
import { cancelCommand, concurrencyCommand, pauseCommand, resumeCommand } from './commands/steer.js';
import { scheduleCommand } from './commands/schedule.js';
import { selectCommand } from './commands/select.js';
import { statsCommand } from './commands/stats.js';
import { statusCommand, waitCommand, watchCommand } from './commands/status.js';
import { estimateCommand, validateCommand } from './commands/validate.js';
import { workerCommand } from './commands/worker.js';

/** The command line of cotmill. Pure wiring: each command is a file of its own. */
export function program(): Command {
  const cli = new Command('cotmill')
    .description('Durable chain-of-thought distillation: questions in, verified and right-sized chains out.')
    .version(ownVersion());
  const commands = [
    quickstartCommand(),
    devCommand(),
    workerCommand(),
    runCommand(),
    statusCommand(),
    watchCommand(),
    waitCommand(),
    pauseCommand(),
    resumeCommand(),
    cancelCommand(),
    concurrencyCommand(),
    approveCommand(),
    scheduleCommand(),
    validateCommand(),
    estimateCommand(),
    inspectCommand(),
    doctorCommand(),
    gradeCommand(),
    evaluateCommand(),
    reportCommand(),
    selectCommand(),
    statsCommand(),
    diffCommand(),
    lineageCommand(),
    compareCommand(),
    publishCommand(),
    preflightCommand(),
  ];
  // Faults of arguments are thrown, so that they end with our exit code.
  cli.exitOverride();
  for (const command of commands) cli.addCommand(command.exitOverride());
  return cli;
}
