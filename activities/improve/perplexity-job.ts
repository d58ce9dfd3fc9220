import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { ConfigError } from '../../config/config-error.js';
import type { Deployment } from '../../config/deployment.js';
import type { TrainerConfig } from '../../config/launchers.js';
import type { SelfImprove } from '../../config/self-improve.js';
import { fillCommand } from '../jobs/fill-command.js';
import { followJob } from '../jobs/follow-job.js';
import { endWords, lastLines } from '../jobs/job-words.js';
import type { Launchers } from '../jobs/open-launchers.js';
import { readJsonFile, writeJsonFile, writeTextFile } from '../local-files.js';
import { TrainingFailed } from '../training/jobs/judge-training.js';
import { trainingScript } from '../training/jobs/training-job.js';
import { hashOf } from './round-names.js';
import type { ThoughtFigure } from './perplexity.js';
import type { NamedThought } from './thoughts.js';

const NAME_DIGITS = 16;

export interface PerplexityJobDependencies {
  readonly trainers: Deployment['trainers'];
  readonly launchers: Launchers;
  /** Path of the Python of the set-up; throws when there is none. */
  readonly python: () => string;
  /** @default that of followJob */
  readonly pollMs?: number | undefined;
}

export interface PerplexityJob {
  /** Name of the trainer, whose launcher and resources the job has. */
  readonly trainer: string;
  /** Checkpoint of the student, as jobs see it. */
  readonly model: string;
  readonly opening: string;
  readonly chatTemplateKwargs: Readonly<Record<string, unknown>>;
  readonly settings: SelfImprove['perplexity'];
  readonly thoughts: readonly NamedThought[];
  /** Of the workflow: a job that failed is not the same again when the run is started anew. */
  readonly execution: string;
}

export interface PerplexityEffort {
  /** Aborted: the job is cancelled. */
  readonly cancelled: AbortSignal;
  /** Called at every poll; may throw, which leaves the job at work. */
  readonly report: (details: unknown) => void;
}

const Line = z.object({ id: z.string(), tokens: z.int().min(0), nll: z.number().min(0) });
const Result = z.object({
  status: z.enum(['measured', 'refused']),
  reason: z.string().optional(),
  left: z.array(z.object({ id: z.string(), reason: z.string() })).default([]),
});

/**
 * Measures thoughts by a launched job (infra/training/perplexity.py). Called again it follows the job that it began, or reads what that one wrote.
 * Thoughts that have no figure (too long, without a token) count as 0 tokens. Throws ConfigError for a trainer that can't, TrainingFailed when the job
 * ended otherwise, what the launcher throws, and the signal's reason.
 */
export function createPerplexityJobs({ trainers, launchers, python, pollMs }: PerplexityJobDependencies) {
  return async function measure(
    job: PerplexityJob,
    { cancelled, report }: PerplexityEffort,
  ): Promise<ReadonlyMap<string, ThoughtFigure>> {
    const trainer = trainerOf(trainers, job.trainer);
    const { jobs, workDirectory } = launchers.get(trainer.launcher);
    const keys = job.thoughts.map(({ key }) => key).sort();
    const name = `perplexity-${hashOf([job.execution, job.model, job.opening, job.settings, keys]).slice(0, NAME_DIGITS)}`;
    const directory = join(workDirectory, name);
    const output = join(directory, 'output');
    await writeInput(directory, { job, trainer, output });
    const spec = { name, ...commandOf(job.trainer, trainer, { directory, output, python }) };
    const { ref, end } = await followJob(jobs, spec, {
      signal: cancelled,
      onPoll: ({ name: running }, state) => report({ state, job: running, thoughts: job.thoughts.length }),
      ...(pollMs !== undefined && { pollMs }),
    });
    const result = await readJsonFile(join(output, 'result.json'), Result);
    if (result?.status === 'measured') return figuresOf(output, result);
    const { text } = await jobs.logs(ref, 'tail');
    throw new TrainingFailed(
      `The perplexities of ${job.thoughts.length} thoughts were not measured: job ${ref.name} ended ${endWords(end)}. ${result?.reason ?? ''}\nThe end of its log:\n${lastLines(text)}`,
    );
  };
}

function trainerOf(trainers: Deployment['trainers'], name: string): TrainerConfig {
  const trainer = trainers[name];
  if (trainer?.kind === 'trl' && trainer.command.some((word) => word.includes('{script}'))) return trainer;
  if (trainer?.kind === 'trl')
    throw new ConfigError('the deployment', [
      {
        path: `trainers.${name}.command`,
        message:
          'expected {script} in place of the path of train.py, so that the same command measures perplexity too; or write perplexity.by: endpoint in the recipe',
      },
    ]);
  const message = `expected a trainer of the kind "trl", whose Python measures perplexity too, found ${trainer ? `"${trainer.kind}"` : 'none'}; or write perplexity.by: endpoint in the recipe`;
  throw new ConfigError('the deployment', [{ path: `trainers.${name}`, message }]);
}

interface JobInput {
  readonly job: PerplexityJob;
  readonly trainer: TrainerConfig;
  readonly output: string;
}

/** Written before the job begins; the same bytes when it is written again, perhaps while the job reads them. */
async function writeInput(directory: string, { job, trainer, output }: JobInput): Promise<void> {
  await mkdir(output, { recursive: true });
  const rowsFile = join(directory, 'rows.jsonl');
  const rows = job.thoughts.map(({ key, messages, thought }) => JSON.stringify({ id: key, messages, thought }));
  await writeTextFile(rowsFile, rows.map((row) => `${row}\n`).join(''));
  const { precision = trainer.cpu ? 'float32' : 'bfloat16', batchTokens } = job.settings;
  const config = {
    model: job.model,
    opening: job.opening,
    chatTemplateKwargs: job.chatTemplateKwargs,
    cpu: trainer.cpu,
    ...{ rowsFile, outputDirectory: output, precision, batchTokens },
  };
  await writeJsonFile(join(directory, 'config.json'), config);
}

function commandOf(
  name: string,
  { command, resources }: TrainerConfig,
  { directory, output, python }: { readonly directory: string; readonly output: string; readonly python: () => string },
) {
  const values = {
    python,
    script: () => trainingScript('perplexity.py'),
    config: () => join(directory, 'config.json'),
    output: () => output,
  };
  return {
    command: fillCommand(command, values, { path: `trainers.${name}.command` }),
    directory,
    variables: { PYTHONUNBUFFERED: '1', HF_HUB_OFFLINE: '1' },
    resources,
  };
}

async function figuresOf(output: string, { left }: z.infer<typeof Result>): Promise<Map<string, ThoughtFigure>> {
  const lines = (await readFile(join(output, 'perplexities.jsonl'), 'utf8')).split('\n').filter((line) => line !== '');
  const measured = lines.map((line) => Line.parse(JSON.parse(line)));
  return new Map([
    ...measured.map(({ id, tokens, nll }) => [id, { tokens, nll }] as const),
    ...left.map(({ id }) => [id, { tokens: 0, nll: 0 }] as const),
  ]);
}
