import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { readPageData } from '../../../activities/report/page-html.js';
import { createFileStore } from '../../../activities/store/file-store.js';
import { errorText, EXIT, exitCodeOf } from '../../../workers/exit-codes.js';
import { program } from '../../../workers/program.js';
import { build, SHARDS } from '../../fakes/dataset-build.js';
import { temporaryDirectory } from '../../support/temporary-directory.js';

const directory = temporaryDirectory('report-command');
const file = (name: string): string => join(directory.path, name);

beforeAll(async () => {
  const store = createFileStore(file('store'));
  await build({ store, temporaryDirectory: directory.path, shards: SHARDS });
  const deployment = {
    store: { kind: 'file', directory: file('store') },
    pools: { fake: { model: 'm', endpoints: [{ url: 'http://127.0.0.1:9/v1' }] } },
  };
  writeFileSync(file('deployment.json'), JSON.stringify(deployment));
  writeFileSync(file('student.yaml'), 'name: student\nkernel: { name: omnithought, theta: 5 }\nrows: 2\n');
});
afterEach(() => vi.restoreAllMocks());
afterAll(() => directory.remove());

/** Runs a command line in this process: its exit code, and what it or its error says. */
async function cotmill(...args: readonly string[]): Promise<{ code: number; said: string }> {
  const lines: string[] = [];
  vi.spyOn(console, 'log').mockImplementation((text: string) => void lines.push(text));
  const cli = program();
  for (const command of [cli, ...cli.commands]) command.configureOutput({ writeErr: () => undefined });
  const error: unknown = await cli
    .parseAsync([...args, '--deployment', file('deployment.json')], { from: 'user' })
    .catch((caught: unknown) => caught);
  return error instanceof Error
    ? { code: exitCodeOf(error), said: errorText(error) ?? '' }
    : { code: EXIT.ok, said: lines.join('\n') };
}

describe('cotmill report', () => {
  it('writes the report of the newest version, the one that was published with it', async () => {
    const { code, said } = await cotmill('report', 'sums', '--out', file('out/sums.html'));
    expect([code, said]).toEqual([EXIT.ok, file('out/sums.html')]);
    const published = readFileSync(file('store/datasets/sums/v1/report.html'), 'utf8');
    expect(readFileSync(file('out/sums.html'), 'utf8')).toBe(published);
    const { overview, sample } = readPageData(published, 'it');
    expect(overview).toMatchObject({ name: 'sums', version: 'v1', questions: { total: 6 } });
    expect(sample?.questions).toHaveLength(6);
  });

  it('writes that of a training set', async () => {
    expect((await cotmill('select', 'sums', '--training-set', file('student.yaml'))).code).toBe(EXIT.ok);
    const { said } = await cotmill('report', 'student@v1', '--out', file('student.html'));
    expect(said).toBe(file('student.html'));
    expect(readPageData(readFileSync(file('student.html'), 'utf8'), 'it').overview.training).toMatchObject({
      name: 'student',
    });
  });

  it('writes that of a self-improvement, by the name of its workflow', async () => {
    await createFileStore(file('store')).put('runs/nightly/improvement/report.html', Buffer.from('<p>rounds</p>'));
    const { said } = await cotmill('report', 'nightly/improvement', '--out', file('nightly.html'));
    expect(said).toBe(file('nightly.html'));
    expect(readFileSync(file('nightly.html'), 'utf8')).toBe('<p>rounds</p>');
  });

  it.each([
    [['nightly/improvement', '--serve'], /is a self-improvement/],
    [['weekly/improvement'], /no round of a self-improvement of a run "weekly" is done/],
    [['../improvement'], /expected NAME/],
    [['nobody'], /nobody/],
    [['sums@v9'], /v9/],
    [['sums', '--serve', '--out', 'x.html'], /give one/],
    [['student', '--serve'], /is a training set/],
    [['sums', '--serve', '--port', '99999'], /^$/],
  ])('refuses %j', async (args, message) => {
    const { code, said } = await cotmill('report', ...args);
    expect(code).toBe(EXIT.badInput);
    expect(said).toMatch(message);
    expect(existsSync('x.html')).toBe(false);
  });
});
