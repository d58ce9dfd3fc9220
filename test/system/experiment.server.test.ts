import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RunSummary } from '../../activities/dataset/run-summary.js';
import { readExperimentRecord } from '../../activities/experiment/read-experiment.js';
import { exitCodeOfRun } from '../../workers/follow-run.js';
import { readRunStatus, startRun } from '../../workers/run-client.js';
import type { Serving } from '../../workers/serve.js';
import { summaryText } from '../../workers/status-text.js';
import { scriptedAnswer } from '../replay/cases.js';
import { smallExperiment, smallTraining, writeSmallExperiment } from '../support/small-experiment.js';
import { startSystem, type System } from '../support/system.js';

/** Questions to students with scores beside their baseline, for real but for the teacher: it is scripted. */
describe('a run that trains and evaluates', { timeout: 600_000 }, () => {
  let system: System;
  let serving: Serving;
  let summary: RunSummary;
  const recipe = smallExperiment('small');
  const jobs = (): string[] => readdirSync(join(system.directory, 'jobs', 'jobs')).sort();

  beforeAll(async () => {
    system = await startSystem({ model: { answer: scriptedAnswer }, training: smallTraining });
    writeSmallExperiment(system.directory, 'small');
    serving = await system.serve();
    summary = (await (await startRun(system.client, { run: 'small', recipe })).result()) as RunSummary;
  }, 600_000);
  afterAll(() => system.stop());

  it('trains every student, the second from the first, and asks all models the same problems', () => {
    const { students = [], evaluations = [] } = summary.experiment ?? {};
    expect(students.map(({ name, base, result }) => [name, base, result.steps])).toEqual([
      ['small-first', 'weak', 4],
      ['small-next', 'small-first', 4],
      ['small-control', 'weak', 4],
    ]);
    expect(evaluations.map(({ model, problems }) => [model, problems])).toEqual([
      ['weak', 8],
      ['fake', 8],
      ['small-next', 8],
      ['small-control', 8],
    ]);
    for (const { weightsSha256 } of students) expect(weightsSha256).toMatch(/^[0-9a-f]{64}$/);
    expect(new Set(students.map(({ weightsSha256 }) => weightsSha256)).size).toBe(3);
  });

  it('writes one table, and says in the summary what came out', async () => {
    const record = await readExperimentRecord(serving.dependencies.store, 'small');
    expect(record?.comparisons.map(({ model, baseline }) => `${model} ${baseline}`)).toEqual([
      'fake weak',
      'small-next weak',
      'small-control weak',
    ]);
    const table = readFileSync(join(system.directory, 'store', summary.experiment?.tableKey ?? ''), 'utf8');
    expect(table).toContain('| small-next |');
    expect(summaryText(summary)).toContain('student   small-next v1 (trained): sft of small-first, 4 steps');
  });

  it('judges the gates, and a missed one is an exit code', async () => {
    const missed = summary.gates?.filter(({ passed }) => !passed).map(({ gate }) => gate);
    expect(missed).toEqual(['score held-out fake >= 1']);
    expect(exitCodeOfRun(await readRunStatus(system.client, 'small'))).toBe(6);
  });

  it('leaves no server behind', () => {
    const ended = jobs().map((job) => existsSync(join(system.directory, 'jobs', 'jobs', job, 'end.json')));
    expect(ended.length).toBeGreaterThan(0);
    expect(ended).not.toContain(false);
  });

  it('pays and trains nothing the second time', async () => {
    const before = jobs();
    const again = (await (await startRun(system.client, { run: 'small', recipe })).result()) as RunSummary;
    expect(again.calls.new).toBe(0);
    expect(again.experiment?.students.map(({ published }) => published)).toEqual([
      'unchanged',
      'unchanged',
      'unchanged',
    ]);
    expect(again.experiment?.evaluations.map(({ calls }) => calls.new)).toEqual([0, 0, 0, 0]);
    expect(again.experiment?.comparisons).toEqual(summary.experiment?.comparisons);
    expect(jobs().filter((job) => job.startsWith('train-'))).toEqual(before.filter((job) => job.startsWith('train-')));
  });
});
