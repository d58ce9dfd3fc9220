import type { JobSpec } from './job-launcher.js';
import { shellWord } from './shell-word.js';

/** Text of `exit` when the script ended the job at its time limit. */
export const TIME_LIMIT_MARK = 'time-limit';
/** Exit notes: this and how often Slurm restarted the job before. */
export const NOTE_PREFIX = 'exit-';
const GRACE_SECONDS = 30;
const SLURM_RESTARTS = '${SLURM_RESTART_COUNT:-0}';

/**
 * The batch script of a job. Only the first Slurm job that gets here runs it, so that a second submission starts nothing; the same Slurm job may
 * come again after a requeue. Its exit code goes into `exit-<restarts>`: a controller
 * forgets jobs, the file stays. A job that Slurm ended leaves none: then Slurm's word counts.
 * @param setup lines of the deployment, such as the activation of an environment
 */
export function slurmJobScript(
  { command, directory, variables = {}, resources }: JobSpec,
  job: { readonly directory: string; readonly setup: readonly string[] },
): string {
  const own = (name: string) => shellWord(`${job.directory}/${name}`);
  const words = command.map(shellWord).join(' ');
  const seconds = resources?.timeLimitMs === undefined ? undefined : Math.ceil(resources.timeLimitMs / 1000);
  const limited = seconds === undefined ? words : `timeout --kill-after=${GRACE_SECONDS} ${seconds} ${words}`;
  return [
    '#!/bin/sh',
    `ln -s "$SLURM_JOB_ID" ${own('runner')} 2>/dev/null || [ "$(readlink ${own('runner')})" = "$SLURM_JOB_ID" ] || exit 0`,
    `trap 'terminated=1' TERM`,
    ...job.setup,
    ...Object.entries(variables).map(([name, value]) => `export ${name}=${shellWord(value)}`),
    `cd ${shellWord(directory)} || exit 125`,
    'started=$(date +%s)',
    limited,
    'code=$?',
    '[ -z "$terminated" ] || exit $code',
    'note=$code',
    ...(seconds === undefined
      ? []
      : [
          `{ [ $code -eq 124 ] || [ $code -eq 137 ]; } && [ $(( $(date +%s) - started )) -ge ${seconds} ] && note="$code ${TIME_LIMIT_MARK}"`,
        ]),
    `printf '%s\\n' "$note" > ${own('exit.partial')} && mv ${own('exit.partial')} ${own(NOTE_PREFIX)}"${SLURM_RESTARTS}"`,
    'exit $code',
    '',
  ].join('\n');
}
