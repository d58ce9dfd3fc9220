import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ModelManifest } from '../../../activities/models/model-manifest.js';
import { openDatabase } from '../../../activities/duckdb/open-database.js';
import { parquetRows } from '../../../activities/duckdb/sql.js';
import type { OwnAnswersReport } from '../../../activities/training/own-answers/write-own-answers.js';
import type { Serving } from '../../../workers/serve.js';
import {
  processesNaming,
  quickStudent,
  startTrainingSystem,
  type TrainingSystem,
} from '../../support/training-system.js';

interface Row {
  readonly messages: readonly { readonly role: string; readonly content: string }[];
  readonly question_id: string;
  readonly teacher: string;
}

const PATIENCE = { timeout: 60_000 };

describe('a control', { timeout: 240_000 }, () => {
  let system: TrainingSystem;
  let serving: Serving;

  beforeAll(async () => {
    system = await startTrainingSystem();
    serving = await system.serve();
  });
  afterAll(() => system.stop());

  const rowsOf = async (folder: string, names: readonly string[]): Promise<Row[]> => {
    const database = await openDatabase({ directory: folder, memoryLimitMiB: 128, threads: 1 });
    const files = names.map((name) => join(folder, name));
    const result = await database.connection.runAndReadAll(`SELECT * FROM ${parquetRows(files)}`);
    database.close();
    return result.getRowObjectsJS() as unknown as Row[];
  };
  const dataOf = (student: string): string => join(system.workFolder(student), 'data');
  const reportOf = (student: string): OwnAnswersReport =>
    JSON.parse(readFileSync(join(dataOf(student), 'own-answers.json'), 'utf8')) as OwnAnswersReport;

  it('learns what its base says to the same questions, and leaves no server behind', async () => {
    const control = await (await system.train('run', quickStudent('control', { control: 'own-answers' }))).result();
    const plain = await (await system.train('run', quickStudent('plain', { settings: { seed: 5 } }))).result();
    expect(
      ModelManifest.parse(JSON.parse(readFileSync(system.modelFile(control, 'manifest.json'), 'utf8'))),
    ).toMatchObject({
      training: { control: 'own-answers', view: 'messages' },
    });
    expect(control.weightsSha256).not.toBe(plain.weightsSha256);

    const report = reportOf('control');
    const { truncated, refused, unwritable } = report.leftOut;
    expect(report.rows).toBe(32);
    expect(report.written + truncated + refused + unwritable).toBe(32);
    expect(report.model).toMatch(/^weak-[0-9a-f]{12}$/);
    const own = await rowsOf(dataOf('control'), ['train-00000-of-00001.parquet']);
    const given = await rowsOf(dataOf('plain'), ['train-00000-of-00001.parquet']);
    expect(own).toHaveLength(report.written);
    expect(control.result.rows).toBe(report.written);
    const questions = new Map(given.map((row) => [row.question_id, row]));
    for (const row of own) {
      const before = questions.get(row.question_id);
      expect(row.messages.slice(0, -1)).toEqual(before?.messages.slice(0, -1));
      expect(row.messages.at(-1)).not.toEqual(before?.messages.at(-1));
      expect(row.messages.at(-1)?.role).toBe('assistant');
      expect(row.teacher).toBe(report.model);
    }
    expect(processesNaming(system.directory)).toEqual([]);
  });

  it('asks nothing twice: another control of that base and view finds its answers in the ledger', async () => {
    await (
      await system.train('again', quickStudent('other', { control: 'own-answers', settings: { seed: 9 } }))
    ).result();
    const [first, second] = [reportOf('control'), reportOf('other')];
    expect(second.calls).toEqual({ new: 0, reused: first.calls.new + first.calls.reused, repeated: 0 });
    expect(second).toMatchObject({ written: first.written, leftOut: first.leftOut });
  });

  it('has its server again after its worker was killed, and nobody has it in between', async () => {
    await serving.stop();
    const servers = (): number[] => processesNaming(join(system.directory, 'jobs', 'work', 'serving'));
    const worker = startWorker(system);
    const handle = await system.train('orphaned', quickStudent('orphan', { control: 'own-answers', server: 'slow' }));
    await expect.poll(servers, PATIENCE).not.toEqual([]);
    worker.kill('SIGKILL');
    await once(worker, 'exit');
    expect(servers()).not.toEqual([]);
    await expect.poll(servers, PATIENCE).toEqual([]);

    await system.serve();
    expect(await handle.result()).toMatchObject({ name: 'orphan', published: 'new' });
    expect(servers()).toEqual([]);
  });
});

/** `cotmill worker`, a process of its own. */
function startWorker({ directory, deployment }: TrainingSystem): ChildProcess {
  const file = join(directory, 'deployment.json');
  writeFileSync(file, JSON.stringify(deployment));
  return spawn(process.execPath, [resolve('dist/workers/cli.js'), 'worker', '--deployment', file], { stdio: 'ignore' });
}
