import { copyFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { DeploymentInput } from '../../config/deployment.js';
import type { RecipeInput } from '../../config/recipe.js';
import { recipeOf } from '../replay/cases.js';

/** Trains and serves the demonstration student for real, on this machine's CPU. */
export const smallTraining = (directory: string): Partial<DeploymentInput> => ({
  launchers: { here: { kind: 'process', directory: join(directory, 'jobs'), graceMs: 2_000, jobsAtOnce: 2 } },
  models: { weak: { directory: resolve('infra/mini/model/weak-student') } },
  trainers: {
    default: { launcher: 'here', cpu: true, command: ['env', 'OMP_NUM_THREADS=1', '{python}', '{script}', '{config}'] },
  },
  servers: {
    default: {
      ...{ launcher: 'here', kind: 'llama', leaseMs: 30_000, maxConcurrency: 8 },
      command: '{python} {script} --model {model} --alias {name} --host {host} --port {port}'.split(' '),
    },
  },
});

const settings = { learningRate: 5e-4, maxSteps: 4, batchSize: 2, gradientAccumulation: 1, maxLength: 256 };
const PROBLEMS = 8;
const ROW = {
  question: 'Kira owns 12 acorns. Kira uses up 2 acorns. How many acorns does Kira have in the end?',
  answer: '10',
};
const CHAIN = '<think>\nKira begins with 12 acorns. 12-2=10.\n</think>\n\nThe answer is \\boxed{10}.';

/** Writes what the recipe reads: eight questions that come with chains, and the held-out problems of the demonstration. */
export function writeSmallExperiment(directory: string, name: string): void {
  const rows = Array.from({ length: 8 }, (_, index) => ({
    ...ROW,
    question: ROW.question.replaceAll('Kira', `Kira${'a'.repeat(index)}`),
    chain: CHAIN,
  }));
  writeFileSync(join(directory, `${name}.jsonl`), rows.map((row) => JSON.stringify(row)).join('\n'));
  copyFileSync(resolve('infra/mini/held-out.jsonl'), join(directory, 'held-out.jsonl'));
}

/** Chains of the rows, a student, another that goes on from it, and a control; eight problems. */
export function smallExperiment(name: string, changes: Partial<RecipeInput> = {}): RecipeInput {
  const chains = { form: 'think' as const, fields: ['chain'] };
  return recipeOf(name, {
    sources: [{ name: 'rows', path: `${name}.jsonl`, fields: { question: 'question', answer: 'answer', chains } }],
    // The chains of the rows are right, those of the scripted teacher are not.
    validation: { judge: { pool: 'fake' }, minVerified: 1, maxChains: 2 },
    trainingSets: [{ name: `${name}-set`, kernel: { name: 'all' } }],
    students: [
      { name: `${name}-first`, base: { model: 'weak' }, trainingSet: `${name}-set`, settings },
      { name: `${name}-next`, base: { student: `${name}-first` }, trainingSet: `${name}-set`, settings },
      {
        name: `${name}-control`,
        base: { model: 'weak' },
        trainingSet: `${name}-set`,
        control: 'own-answers',
        settings,
      },
    ],
    evaluations: [
      {
        name: 'held-out',
        benchmark: 'word-problems',
        path: 'held-out.jsonl',
        maxProblems: PROBLEMS,
        models: [{ model: 'weak' }, { pool: 'fake' }, { student: `${name}-next` }, { student: `${name}-control` }],
      },
    ],
    gates: [
      { kind: 'accepted', atLeast: 1 },
      { kind: 'score', evaluation: 'held-out', model: 'fake', atLeast: 1 },
    ],
    ...changes,
  });
}
