import { execFile, execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { packageRoot } from '../../config/package-root.js';
import { EXIT } from '../../workers/exit-codes.js';
import type { RunStatus } from '../../workers/run-client.js';
import type { RunEnd } from '../../workers/run-end.js';
import { toolPath } from '../../workers/stack/tools.js';
import { commandLine, type CommandLine, type Ended } from '../support/command-line.js';
import { fakeRecipe, startSystem, type System } from '../support/system.js';

const QUESTIONS = 8;
const inCi = (name: string): string => join(packageRoot(), 'infra', 'ci', name);

/** A workflow file of GitHub, as far as this test reads it. */
interface Workflow {
  readonly jobs: { readonly run: { readonly env: Record<string, string>; readonly steps: readonly Step[] } };
  readonly concurrency: { readonly 'cancel-in-progress': boolean };
}
interface Step {
  readonly name?: string;
  readonly run?: string;
  readonly if?: string;
}

describe('runs without anybody watching', () => {
  let system: System;
  let shell: CommandLine;
  let recipe: string;
  /** PATH with a `cotmill` on it. */
  let path: string;

  const sh = (args: readonly string[], environment: Readonly<Record<string, string>> = {}): Promise<Ended> =>
    new Promise((resolve) => {
      const env = { ...shell.environment, PATH: path, ...environment };
      execFile('bash', args, { cwd: shell.home, env }, (error, out, err) =>
        resolve({ code: error ? Number(error.code) : 0, out, err }),
      );
    });
  const describeRun = (run: string) => system.client.workflow.getHandle(run).describe();
  const untilStarted = async (run: string) => {
    for (let tries = 0; tries < 200; tries += 1) {
      const description = await describeRun(run).catch(() => undefined);
      if (description) return description;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new Error(`run ${run} was never started`);
  };
  const readEnd = (file: string): RunEnd => JSON.parse(readFileSync(join(shell.home, file), 'utf8')) as RunEnd;
  /** Parses XML as strictly as a CI system, and gives `classname name fault` of each case. */
  const casesIn = (file: string): string[] => {
    const script =
      'import sys, xml.etree.ElementTree as tree\n' +
      'for case in tree.parse(sys.argv[1]).getroot().iter("testcase"):\n' +
      '  print(case.get("classname"), "|", case.get("name"), "|", ",".join(child.tag for child in case))';
    const out = execFileSync(toolPath('python'), ['-c', script, join(shell.home, file)], { encoding: 'utf8' });
    return out.trim().split('\n');
  };

  beforeAll(async () => {
    system = await startSystem({ questions: QUESTIONS });
    shell = commandLine(system);
    recipe = shell.written('exercises.yaml', fakeRecipe({ gates: [{ kind: 'accepted', atLeast: 1000 }] }));
    const programs = join(shell.home, 'programs');
    mkdirSync(programs);
    writeFileSync(join(programs, 'cotmill'), `#!/bin/sh\nexec "${process.execPath}" "${shell.script}" "$@"\n`);
    chmodSync(join(programs, 'cotmill'), 0o755);
    path = `${programs}:${process.env['PATH'] ?? ''}`;
  });
  afterAll(() => system.stop());

  describe('a CI job', () => {
    let execution: string;

    it('can be killed: its run goes on', async () => {
      const job = shell.begin('run', recipe, '--run', 'job', '--wait');
      execution = (await untilStarted('job')).runId;
      const ended = once(job, 'exit');
      job.kill('SIGTERM');
      expect(await ended).toEqual([null, 'SIGTERM']);
      expect((await describeRun('job')).status.name).toBe('RUNNING');
    });

    it('waits for a time, and says that the run is at work', async () => {
      const { code, out } = await shell.cotmill('wait', 'job', '--timeout', '1s', '--junit', 'waiting.xml');
      expect({ code, out }).toEqual({ code: EXIT.stillRunning, out: 'run job is still at work\n' });
      expect(casesIn('waiting.xml')).toEqual(['job.run | job | skipped']);
    });

    it('does not wait for a run of another recipe', async () => {
      const other = shell.written('other.yaml', fakeRecipe());
      const { code, err } = await shell.cotmill('run', other, '--run', 'job', '--wait');
      expect(code).toBe(EXIT.badInput);
      expect(err).toMatch(/run job is at work with another recipe .* "cotmill cancel job"/);
    });

    it('finds its run again, fails on the missed gate, and keeps everything', async () => {
      const job = sh([inCi('run.sh'), recipe], { COTMILL_RUN: 'job', COTMILL_ARTEFACTS: 'out', COTMILL_TIMEOUT: '5m' });
      await system.serve();
      const { code, out, err } = await job;
      expect(err).toMatch(/run job is at work already/);
      expect(out).toMatch(/gates {5}1 of 1 missed\n {2}MISSED {2}accepted >= 1000 {2}\d of 8 questions accepted/);
      expect(code).toBe(EXIT.gateMissed);
      const end = readEnd('out/summary.json');
      expect(end).toMatchObject({ schema: 1, run: 'job', state: 'completed', exitCode: EXIT.gateMissed });
      expect(end.summary).toMatchObject({ execution, dataset: { version: 'v1', published: 'new' } });
      expect(casesIn('out/junit.xml')).toEqual([
        'job.run | job | ',
        'job.build | data set exercises | system-out',
        'job.gates | accepted >= 1000 | failure',
      ]);
      expect(readFileSync(join(shell.home, 'out/summary.md'), 'utf8')).toContain('1 of 1 gates missed');
      expect(readFileSync(join(shell.home, 'out/report.html'), 'utf8')).toContain('<!doctype html');
    });

    it('gets the same answer of everybody who asks later', async () => {
      expect(await shell.cotmill('wait', 'job')).toMatchObject({ code: EXIT.gateMissed });
      expect(await shell.cotmill('status', 'job', '--summary', 'later.json')).toMatchObject({ code: EXIT.ok });
      expect(readEnd('later.json')).toEqual(readEnd('out/summary.json'));
      const { status, typedSearchAttributes } = await describeRun('job');
      expect(status.name).toBe('COMPLETED');
      const outcome = [...typedSearchAttributes.getAll()].find(({ key }) => key.name === 'CotOutcome');
      expect(outcome?.value).toBe('gates-missed');
    });

    it('passes with gates that the run reaches, for nothing', async () => {
      const reached = shell.written(
        'reached.yaml',
        fakeRecipe({
          gates: [
            { kind: 'accepted', atLeast: 1 },
            { kind: 'failed-share', atMost: 0 },
          ],
        }),
      );
      const paid = system.model.stats().total;
      const { code, out } = await shell.cotmill('run', reached, '--run', 'job', '--wait', '--json');
      expect(code).toBe(EXIT.ok);
      expect((JSON.parse(out) as RunStatus).summary?.gates?.map(({ passed }) => passed)).toEqual([true, true]);
      expect(system.model.stats().total).toBe(paid);
    });

    it('runs as the workflow for GitHub has it', async () => {
      const { jobs, concurrency } = parse(readFileSync(inCi('github-actions.yml'), 'utf8')) as Workflow;
      expect(concurrency['cancel-in-progress']).toBe(false);
      const secrets = Object.entries(jobs.run.env).filter(([, value]) => value.includes('secrets.'));
      expect(secrets.map(([name, value]) => value === `\${{ secrets.${name} }}`)).not.toContain(false);
      const runner = join(shell.home, 'runner');
      mkdirSync(join(runner, 'programs'), { recursive: true });
      // What npm would install.
      writeFileSync(
        join(runner, 'programs', 'npm'),
        `#!/bin/sh\nmkdir -p "$3/node_modules/.bin"\ncp "${join(shell.home, 'programs', 'cotmill')}" "$3/node_modules/.bin/"\n`,
      );
      chmodSync(join(runner, 'programs', 'npm'), 0o755);
      const [added, shown] = [join(runner, 'path'), join(runner, 'shown.md')];
      const plain = Object.entries(jobs.run.env).filter(([, value]) => !value.includes('${{'));
      const environment = {
        ...Object.fromEntries(plain),
        ...{ RUNNER_TEMP: runner, GITHUB_PATH: added, GITHUB_STEP_SUMMARY: shown, COTMILL_PACKAGE: 'cotmill' },
        ...{ COTMILL_RECIPE: recipe, COTMILL_RUN: 'ci-1' },
      };
      const codes: Record<string, number> = {};
      for (const { name = '', run, if: always } of jobs.run.steps) {
        if (run === undefined || (Object.values(codes).some((code) => code !== 0) && always !== 'always()')) continue;
        const found = existsSync(added) ? `${readFileSync(added, 'utf8').trim()}:` : '';
        const PATH = `${found}${join(runner, 'programs')}:${process.env['PATH'] ?? ''}`;
        codes[name] = (await sh(['-e', '-c', run], { ...environment, PATH })).code;
      }
      expect(codes).toEqual({
        Install: 0,
        'Check the recipe': 0,
        'Start or go on, and wait': EXIT.gateMissed,
        'Show the end': 0,
      });
      expect(readFileSync(shown, 'utf8')).toMatch(
        /## ci-1: 1 of 1 gates missed[^]*\| \*\*missed\*\* \| accepted >= 1000 /,
      );
    });
  });
});
