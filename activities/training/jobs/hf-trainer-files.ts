import { open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { readJsonFile } from '../../local-files.js';
import { isErrno } from '../../store/atomic-file.js';
import type { LossPoint, TrainerProgress, TrainerResult, TrainerTask } from './trainer-kind.js';

/** Files that trainers over `transformers` leave: LLaMA-Factory and ms-swift. */
const LINE_BYTES = 65_536;

const Entry = z.object({ step: z.number(), loss: z.number().optional(), train_runtime: z.number().optional() }).loose();
const State = z.object({
  global_step: z.int(),
  max_steps: z.int(),
  num_input_tokens_seen: z.number().optional(),
  log_history: z.array(Entry),
});
type State = z.infer<typeof State>;

const FIGURES = ['loss', 'eval_loss', 'epoch', 'grad_norm', 'learning_rate'] as const;

/** A training that came to its last step, by its state file; undefined: it did not. @param model directory of the weights */
export async function finishedState(
  stateFile: string,
  { model, data }: Pick<TrainerTask, 'data'> & { readonly model: string },
): Promise<TrainerResult | undefined> {
  const state = await readJsonFile(stateFile, State);
  if (!state || state.global_step < state.max_steps) return undefined;
  const lossCurve = lossCurveOf(state);
  return {
    status: 'trained',
    steps: state.global_step,
    loss: lossCurve.findLast(({ loss }) => loss !== undefined)?.loss ?? null,
    lossCurve,
    tokens: Math.round(state.num_input_tokens_seen ?? 0),
    rows: data.rows.train,
    seconds: state.log_history.reduce((most, { train_runtime: seconds = 0 }) => Math.max(most, seconds), 0),
    model,
    versions: {},
  };
}

const lossCurveOf = ({ log_history: entries }: State): LossPoint[] =>
  entries
    .filter((entry) => entry.loss !== undefined || entry['eval_loss'] !== undefined)
    .map((entry) => ({
      step: entry.step,
      ...Object.fromEntries(
        FIGURES.map((name) => [name, entry[name]] as const).filter(([, value]) => typeof value === 'number'),
      ),
    }));

/** Whether there are weights that a server can load. */
export async function hasWeights(directory: string): Promise<boolean> {
  try {
    return (await readdir(directory)).some(
      (name) => /\.(?:safetensors|bin)$/.test(name) && name !== 'training_args.bin',
    );
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR')) return false;
    throw error;
  }
}

/** The newest checkpoint below a directory that is whole: its state file is the last that trainers write. */
export async function newestCheckpoint(directory: string): Promise<string | undefined> {
  const names = await readdir(directory).catch((error: unknown) => {
    if (isErrno(error, 'ENOENT', 'ENOTDIR')) return [];
    throw error;
  });
  const steps = names.map((name) => Number(/^checkpoint-(\d+)$/.exec(name)?.[1] ?? NaN)).filter((step) => step >= 0);
  for (const step of steps.sort((a, b) => b - a)) {
    const checkpoint = join(directory, `checkpoint-${step}`);
    if (await readJsonFile(join(checkpoint, 'trainer_state.json'), z.unknown())) return checkpoint;
  }
  return undefined;
}

/** The last whole line of a file of JSON lines that `read` takes; undefined while there is none. */
export async function lastLine(
  path: string,
  read: (line: unknown) => TrainerProgress | undefined,
): Promise<TrainerProgress | undefined> {
  for (const line of (await fileEnd(path)).split('\n').slice(1, -1).reverse()) {
    const progress = read(parsed(line));
    if (progress) return progress;
  }
  return undefined;
}

/** The end of a file behind a line break, so that a line that was cut is no line. */
async function fileEnd(path: string): Promise<string> {
  try {
    const file = await open(path, 'r');
    try {
      const { size } = await file.stat();
      const length = Math.min(size, LINE_BYTES);
      const { buffer } = await file.read(Buffer.alloc(length), 0, length, size - length);
      return size > LINE_BYTES ? buffer.toString('utf8') : `\n${buffer.toString('utf8')}`;
    } finally {
      await file.close();
    }
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR')) return '';
    throw error;
  }
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

/** Steps of the whole training, as `transformers` counts them; packing makes them fewer. Pure. */
export function totalSteps({ plan, data }: Pick<TrainerTask, 'plan' | 'data'>): number {
  const { batchSize = 1, gradientAccumulation = 1, epochs = 1, maxSteps } = plan.settings;
  if (maxSteps !== undefined) return maxSteps;
  const batches = Math.ceil(data.rows.train / (batchSize * plan.devices));
  return Math.ceil(epochs * Math.max(1, Math.ceil(batches / gradientAccumulation)));
}

/** Steps with a growing learning rate: versions of `transformers` disagree about shares. Pure. */
export function warmupSteps(task: Pick<TrainerTask, 'plan' | 'data'>): number {
  const { warmup = 0 } = task.plan.settings;
  return warmup < 1 ? Math.ceil(warmup * totalSteps(task)) : Math.round(warmup);
}

const SECONDS = { d: 86_400, h: 3_600, m: 60, s: 1 } as const;

/** "1 day, 2:03:04", "2h 3m 4s" or "4s" in seconds; null: neither. Pure. */
export function secondsOf(text: string): number | null {
  const clock = /^(?:(\d+) days?, )?(\d+):(\d\d):(\d\d)$/.exec(text);
  if (clock) {
    const [days = 0, hours = 0, minutes = 0, seconds = 0] = clock.slice(1).map((part) => Number(part ?? 0));
    return days * SECONDS.d + hours * SECONDS.h + minutes * SECONDS.m + seconds;
  }
  const parts = [...text.matchAll(/(\d+)\s*([dhms])/g)];
  if (parts.length === 0) return null;
  return parts.reduce((sum, [, count, unit]) => sum + Number(count) * SECONDS[unit as keyof typeof SECONDS], 0);
}
