import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { WorkflowFailedError } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { TrainedStudent } from '../../../activities/models/model-manifest.js';
import type { PreflightReport } from '../../../activities/training/preflight/preflight-report.js';
import type { StudentInput } from '../../../config/student.js';
import { EXIT } from '../../../workers/exit-codes.js';
import { program } from '../../../workers/program.js';
import { WORKFLOW_QUEUE } from '../../../workflows/task-queues.js';
import { TRAINING_SET } from '../../fakes/training-set.js';
import { quickStudent, startTrainingSystem, type TrainingSystem } from '../../support/training-system.js';

const PATIENCE = { timeout: 240_000 };
/** Row 3 of the training set. */
const PLANTED = 'Kira owns 12 acorns. Kira uses up 2 acorns. How many acorns does Kira have in the end?';
const EVALUATION = {
  name: 'sums',
  benchmark: 'word-problems',
  input: 'here',
  path: 'planted.jsonl',
  models: [{ pool: 'p' }],
};

describe('the preflight of a student', PATIENCE, () => {
  let system: TrainingSystem;
  const stored = (run: string, student: string): PreflightReport =>
    JSON.parse(
      readFileSync(join(system.directory, 'store', 'runs', run, 'students', student, 'preflight.json'), 'utf8'),
    ) as PreflightReport;

  beforeAll(async () => {
    system = await startTrainingSystem();
    writeFileSync(
      join(system.directory, 'planted.jsonl'),
      `${JSON.stringify({ question: PLANTED, answer: 10, steps: 1 })}\n`,
    );
    await system.serve();
  });
  afterAll(() => system.stop());

  const careful = (name: string, changes: Partial<StudentInput> = {}): StudentInput =>
    quickStudent(name, { trainer: 'careful', ...changes });

  async function train(run: string, student: StudentInput, evaluations?: readonly object[]): Promise<TrainedStudent> {
    const handle = await system.client.workflow.start('trainStudent', {
      workflowId: `${run}/student/${student.name}`,
      taskQueue: WORKFLOW_QUEUE,
      args: [{ run, student, training: TRAINING_SET, evaluations }],
    });
    return (await handle.result()) as TrainedStudent;
  }

  async function refusal(...given: Parameters<typeof train>): Promise<ApplicationFailure> {
    const error = await train(...given).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    const cause = error instanceof WorkflowFailedError ? error.cause?.cause : undefined;
    if (cause instanceof ApplicationFailure) return cause;
    throw new Error(`expected a failed activity, found ${String(error)}`);
  }

  it('goes before the training and is kept with the model', async () => {
    const student = await train('good', careful('sound'));
    expect(system.jobs().map((name) => name.replace(/-[0-9a-f]{12}$/, ''))).toEqual(['check-sound', 'train-sound']);
    const report = JSON.parse(readFileSync(system.modelFile(student, 'preflight.json'), 'utf8')) as PreflightReport;
    expect(report).toMatchObject({
      schema: 1,
      student: 'sound',
      verdict: { ok: true, reasons: [] },
      contamination: null,
    });
    expect(report.rows).toMatchObject({
      samples: { looked: 32, withThought: 32, rendered: 32, trained: 32 },
      steps: student.result.steps,
      rows: { total: 32 },
    });
    expect(JSON.stringify(report)).not.toContain('acorns');
  });

  it('refuses a template that deletes thoughts, and starts no training', async () => {
    const before = system.jobs().filter((name) => name.startsWith('train-')).length;
    const failure = await refusal('bad', careful('blind', { base: { model: 'forgetful' } }));
    expect(failure).toMatchObject({ type: 'Training.Refused', nonRetryable: true });
    expect(failure.message).toContain(
      'the chat template of forgetful removes the thought (0 of 32 samples keep it, expected all): give models.forgetful.chatTemplate, or a view with thought: still2',
    );
    expect(failure.message).toContain('runs/bad/students/blind/preflight.json');
    expect(failure.message).not.toContain('acorns');
    expect(stored('bad', 'blind').verdict.ok).toBe(false);
    expect(system.jobs().filter((name) => name.startsWith('train-'))).toHaveLength(before);
    expect(existsSync(system.modelFile({ name: 'blind', version: 'v1' }, 'manifest.json'))).toBe(false);
  });

  it('refuses everything at once: cut rows and a question of a benchmark', async () => {
    const cut = careful('cut', { settings: { ...quickStudent('cut').settings, maxLength: 48 } });
    const failure = await refusal('many', cut, [EVALUATION]);
    expect(failure.message.match(/^- /gm)).toHaveLength(2);
    expect(failure.message).toContain('maxLength 48 cuts 100% of the rows (32 of 32');
    expect(failure.message).toMatch(
      /rows of the training set ask what an evaluation asks \(word-problems: 1 the same words/,
    );
    const { contamination } = stored('many', 'cut');
    expect(contamination?.benchmarks).toEqual([{ evaluations: ['sums'], benchmark: 'word-problems', questions: 1 }]);
  });

  it('takes a student whose limits allow it', async () => {
    const student = careful('allowed', { preflight: { maxContaminatedRows: 32 }, version: 'v2' });
    await expect(train('allowed', student, [EVALUATION])).resolves.toMatchObject({ published: 'new' });
    expect(stored('allowed', 'allowed').contamination?.rows).toBeGreaterThan(0);
  });

  it('is shown by the command line, which tells a refusal by its exit code', async () => {
    const at = (name: string): string => join(system.directory, name);
    const student = { trainer: 'careful', trainingSet: TRAINING_SET.name };
    const recipe = {
      name: 'sums',
      sources: [
        { name: 's', input: 'here', path: 'planted.jsonl', fields: { question: 'question', answer: 'answer' } },
      ],
      teachers: [{ name: 't', pool: 'p', chains: 1 }],
      validation: { keep: 'solution' },
      trainingSets: [
        { name: TRAINING_SET.name, kernel: { name: 'all' }, views: [{ form: 'messages' }, { form: 'dpo' }] },
      ],
      students: [
        { name: 'sound-cli', base: { model: 'weak' }, ...student, settings: { maxLength: 128, epochs: 2 } },
        { name: 'blind-cli', base: { model: 'forgetful' }, ...student },
        { name: 'later', base: { student: 'sound-cli' }, method: 'dpo', ...student },
      ],
    };
    writeFileSync(at('recipe.json'), JSON.stringify(recipe));
    writeFileSync(at('deployment.yaml'), JSON.stringify(system.deployment));
    const printed: string[] = [];
    const log = vi.spyOn(console, 'log').mockImplementation((text: string) => void printed.push(text));
    const run = async (...words: string[]): Promise<string> => {
      printed.length = 0;
      const args = ['preflight', at('recipe.json'), '--deployment', at('deployment.yaml'), ...words];
      await program().parseAsync(args, { from: 'user' });
      return printed.join('\n');
    };
    try {
      const all = await run();
      expect(process.exitCode).toBe(EXIT.badInput);
      expect(all).toMatch(
        /^sound-cli v1: sft of weak on for-7b v1, view messages\n {2}model +qwen2, 1,184,384 parameters/,
      );
      expect(all).toMatch(/ {2}thoughts +32 of 32 samples keep it, 32 learn it whole, 32 when cut\n/);
      expect(all).toMatch(/ {2}refused +the chat template of forgetful removes the thought/);
      expect(all).toContain('later: not looked at: the student that it is trained from is not trained yet');
      const one = JSON.parse(await run('--student', 'sound-cli', '--json')) as PreflightReport[];
      expect(process.exitCode).toBe(EXIT.ok);
      expect(one).toMatchObject([{ student: 'sound-cli', verdict: { ok: true } }]);
      await expect(run('--student', 'nobody')).rejects.toThrow(
        'expected a student of the recipe (sound-cli, blind-cli, later), found "nobody"',
      );
    } finally {
      log.mockRestore();
      process.exitCode = undefined;
    }
  });
});
