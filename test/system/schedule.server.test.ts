import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RunSummary } from '../../activities/dataset/run-summary.js';
import type { LineageTree } from '../../activities/lineage/lineage-graph.js';
import { EXIT } from '../../workers/exit-codes.js';
import type { RunStatus } from '../../workers/run-client.js';
import { toolPath } from '../../workers/stack/tools.js';
import { fakeQuestion } from '../fakes/model-server.js';
import { commandLine, type CommandLine } from '../support/command-line.js';
import { fakeRecipe, startSystem, type System } from '../support/system.js';

describe('a schedule', () => {
  let system: System;
  let shell: CommandLine;
  /** What the source has tonight; every night's questions are those of the one before and more. */
  const tonight = (questions: number): void =>
    writeFileSync(
      join(system.directory, 'nightly.jsonl'),
      Array.from({ length: questions }, (_, index) => JSON.stringify(fakeQuestion(100 + index))).join('\n'),
    );
  const sources = [{ name: 'nightly', path: 'nightly.jsonl', fields: { question: 'question', answer: 'answer' } }];
  let nightly: string;
  const night = async (): Promise<RunSummary> => {
    const { code, out, err } = await shell.cotmill('schedule', 'trigger', 'nightly', '--wait', '--json');
    expect({ code, err }).toMatchObject({ code: EXIT.ok });
    const { summary } = JSON.parse(out) as RunStatus;
    if (!summary) throw new Error('the run has no summary');
    return summary;
  };
  let first: RunSummary;

  beforeAll(async () => {
    system = await startSystem();
    shell = commandLine(system);
    await system.serve();
    tonight(4);
    const trainingSets = [
      { name: 'student', kernel: { name: 'all' as const }, views: [{ form: 'messages' as const }] },
    ];
    nightly = shell.written('nightly.yaml', fakeRecipe({ name: 'nightly', sources, trainingSets }));
  });

  afterAll(() => system.stop());

  it.each<[what: string, args: readonly string[], message: RegExp]>([
    ['without times', [], /When shall nightly run\? Expected "--cron/],
    ['with two kinds of times', ['--cron', '0 2 * * *', '--every', '6h'], /not both/],
    ['with times that are none', ['--cron', 'at night'], /schedule nightly was refused: .*cron/i],
    ['in no time zone', ['--cron', '0 2 * * *', '--time-zone', 'Mars/Olympus'], /IANA database/],
    [
      'with another overlap',
      ['--every', '6h', '--overlap', 'both'],
      /Allowed choices are skip, buffer-one, cancel-other/,
    ],
  ])('is not made %s', async (_what, args, message) => {
    const { code, err } = await shell.cotmill('schedule', 'create', 'nightly', '--recipe', nightly, ...args);
    expect(code).toBe(EXIT.badInput);
    expect(err).toMatch(message);
  });

  it('is not made of a recipe that could not run', async () => {
    const teachers = [{ name: 'teacher', pool: 'gone', chains: 4 }];
    const broken = shell.written('broken.yaml', fakeRecipe({ teachers }));
    const { code, err } = await shell.cotmill('schedule', 'create', 'x', '--recipe', broken, '--every', '6h');
    expect(code).toBe(EXIT.badInput);
    expect(err).toMatch(/teachers\[0\]\.pool: .*"gone"/);
    expect((await shell.cotmill('schedule', 'show', 'x')).err).toMatch(/There is no schedule "x"/);
  });

  it('is made, shown, listed, and not made twice', async () => {
    const args = ['schedule', 'create', 'nightly', '--recipe', nightly, '--cron', '0 2 * * *', '--time-zone'];
    const { code, out } = await shell.cotmill(...args, 'Europe/Berlin', '--jitter', '5m', '--note', 'every night');
    expect(code).toBe(EXIT.ok);
    expect(out).toMatch(
      /^schedule nightly {2}active {2}\(every night\)\nrun {6}nightly\nnext {5}\d{4}-.*Europe\/Berlin/,
    );
    expect((await shell.cotmill('schedule', 'list')).out).toMatch(
      /^nightly {2}next 20.*, last never {2}\(every night\)\n$/,
    );
    const again = await shell.cotmill(...args, 'UTC');
    expect(again).toMatchObject({ code: EXIT.badInput });
    expect(again.err).toMatch(/There is a schedule "nightly" already/);
    expect(await shell.cotmill(...args, 'UTC', '--replace', '--json')).toMatchObject({
      code: EXIT.ok,
      out: expect.stringContaining('"timeZone": "UTC"') as unknown,
    });
  });

  it('pays for its first night', async () => {
    first = await night();
    expect(first.run).toBe('nightly');
    expect(first.questions.total).toBe(4);
    expect(first.calls.new).toBeGreaterThan(4 * 4);
    expect(first.dataset.version).toMatch(/^v1-[0-9a-f]{8}$/);
    expect(first.trainingSets?.[0]).toMatchObject({
      published: 'new',
      version: expect.stringMatching(/^v1-/) as unknown,
    });
  });

  it('pays for nothing, and publishes nothing, when nothing is new', async () => {
    const paid = system.model.stats().total;
    const again = await night();
    expect(again.calls.new + again.calls.repeated).toBe(0);
    expect(system.model.stats().total).toBe(paid);
    expect(again.execution).not.toBe(first.execution);
    expect(again.dataset).toEqual({ ...first.dataset, published: 'unchanged' });
    expect(again.trainingSets?.[0]).toMatchObject({ published: 'unchanged' });
  });

  it('pays for new questions alone', async () => {
    tonight(6);
    const paid = system.model.stats().total;
    const more = await night();
    expect(more.questions.total).toBe(6);
    // Everything of the first night is found, and what new questions share with others too.
    expect(more.calls.reused).toBeGreaterThanOrEqual(first.calls.new + first.calls.reused);
    expect(more.calls.repeated).toBe(0);
    expect(more.calls.new).toBe(system.model.stats().total - paid);
    expect(more.calls.new).toBeGreaterThan(0);
    expect(more.dataset).toMatchObject({ published: 'new' });
    expect(more.dataset.version).not.toBe(first.dataset.version);
    expect(more.trainingSets?.[0]).toMatchObject({ published: 'new' });
    expect(more.trainingSets?.[0]?.version).not.toBe(first.trainingSets?.[0]?.version);
    expect(system.model.stats().repeatedOk).toBe(0);
  });

  it('is found by the name of its run', async () => {
    const { code, out } = await shell.cotmill('status', 'nightly', '--json');
    expect(code).toBe(EXIT.ok);
    expect(JSON.parse(out)).toMatchObject({
      run: 'nightly',
      state: 'completed',
      summary: { questions: { total: 6 } },
    });
    expect(await shell.cotmill('wait', 'nightly')).toMatchObject({ code: EXIT.ok });
    const shown = JSON.parse((await shell.cotmill('schedule', 'show', 'nightly', '--json')).out) as {
      readonly runs: readonly { readonly state: string; readonly workflowId: string }[];
    };
    expect(shown.runs.map(({ state }) => state)).toEqual(['completed', 'completed', 'completed']);
    expect(shown.runs[0]?.workflowId).toMatch(/^nightly-20\d\d-/);
  });

  it('has a lineage: from its training set to the calls behind a chain, and back', async () => {
    const up = await shell.cotmill('lineage', 'training', 'student');
    expect(up.out).toMatch(
      /^training student@v1-\w{8} [^]*└─ dataset nightly@v1-\w{8} .*run: nightly[^]*├─ recipe [^]*└─ source \w+\/nightly {2}files: nightly\.jsonl/,
    );
    const question = JSON.parse(
      (await shell.cotmill('lineage', 'question', '', '--json')).out,
    ) as readonly LineageTree[];
    const accepted = question.find(({ facts }) => facts['outcome'] === 'accepted');
    const chain = accepted?.id.replace('chain ', '') ?? '';
    const calls = accepted?.branches.filter(({ kind }) => kind === 'call') ?? [];
    expect(calls[0]).toMatchObject({ id: `call ${chain}`, facts: { role: 'teacher', model: 'fake-model' } });
    expect(calls.map(({ facts }) => facts['role'])).toEqual(expect.arrayContaining(['judge', 'scorer', 'critic']));
    expect(calls.map(({ facts }) => String(facts['paid by']).startsWith('nightly, 20'))).not.toContain(false);
    const down = await shell.cotmill('lineage', 'chain', chain, '--down');
    expect(down.out).toMatch(/^chain [^]*└─ training student@v1-/);
    const whole = await shell.cotmill('lineage', 'dataset', `nightly@${first.dataset.version}`, '--down');
    expect(whole.out).toContain(`training student@${first.trainingSets?.[0]?.version ?? ''}`);
    expect(await shell.cotmill('lineage', 'model', 'none')).toMatchObject({ code: EXIT.badInput });
  });

  it('is paused, goes on and is deleted', async () => {
    const nightlyIs = async (): Promise<boolean> =>
      (JSON.parse((await shell.cotmill('schedule', 'show', 'nightly', '--json')).out) as { paused: boolean }).paused;
    expect(await shell.cotmill('schedule', 'pause', 'nightly', '--note', 'holiday')).toMatchObject({ code: EXIT.ok });
    expect(await nightlyIs()).toBe(true);
    expect(await shell.cotmill('schedule', 'resume', 'nightly')).toMatchObject({ code: EXIT.ok });
    expect(await nightlyIs()).toBe(false);
    expect(await shell.cotmill('schedule', 'delete', 'nightly')).toMatchObject({ code: EXIT.ok });
    expect(await shell.cotmill('schedule', 'trigger', 'nightly')).toMatchObject({ code: EXIT.badInput });
  });

  it('can be made with the command of Temporal alone', async () => {
    const input = join(shell.home, 'input.json');
    const recipeOf = fakeRecipe({ name: 'nightly', sources });
    writeFileSync(input, JSON.stringify({ run: 'by-hand', recipe: { ...recipeOf, versions: 'from-content' } }));
    const temporal = (...args: readonly string[]): Promise<string> =>
      new Promise((resolve, reject) => {
        const all = [...args, '--address', system.temporal.address, '--namespace', 'default'];
        execFile(toolPath('temporal'), all, (error, out) =>
          error ? reject(new Error(error.message, { cause: error })) : resolve(out),
        );
      });
    await temporal(
      ...['schedule', 'create', '--schedule-id', 'by-hand', '--cron', '0 2 * * *', '--time-zone', 'Europe/Berlin'],
      ...['--overlap-policy', 'Skip', '--catchup-window', '24h', '--jitter', '5m', '--type', 'distill'],
      ...['--task-queue', 'cotmill', '--workflow-id', 'by-hand', '--input-file', input],
    );
    const paid = system.model.stats().total;
    const { code, out } = await shell.cotmill('schedule', 'trigger', 'by-hand', '--wait', '--json');
    expect(code).toBe(EXIT.ok);
    expect(JSON.parse(out)).toMatchObject({
      run: 'by-hand',
      summary: { calls: { new: 0 }, questions: { total: 6 } },
    });
    expect(system.model.stats().total).toBe(paid);
    await temporal('schedule', 'trigger', '--schedule-id', 'by-hand');
    await temporal('schedule', 'delete', '--schedule-id', 'by-hand');
  });
});
