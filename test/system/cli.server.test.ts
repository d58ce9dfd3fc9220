import { execFile } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import type { DeploymentInput } from '../../config/deployment.js';
import { packageRoot } from '../../config/package-root.js';
import { freePort } from '../../workers/stack/ports.js';
import { connectClient } from '../../workers/connection.js';
import { EXIT } from '../../workers/exit-codes.js';
import type { RunStatus } from '../../workers/run-client.js';
import type { Finding } from '../../workers/finding.js';
import { startFakeModelServer } from '../fakes/model-server.js';
import { seaweed, temporalServer } from '../support/servers.js';
import { fakeRecipe, startSystem, type System } from '../support/system.js';

const QUESTIONS = 12;

interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

describe('the command line', () => {
  let system: System;
  let home: string;
  let recipe: string;

  /** The compiled command, with no deployment but the one it is given. */
  const cotmill = (args: readonly string[], environment: Readonly<Record<string, string>> = {}): Promise<Ended> =>
    new Promise((resolve) => {
      const env = { ...process.env, COTMILL_HOME: home, COTMILL_DEPLOYMENT: '', ...environment };
      const cli = join(packageRoot(), 'dist', 'workers', 'cli.js');
      execFile(process.execPath, [cli, ...args], { cwd: home, env }, (error, out, err) =>
        resolve({ code: error ? Number(error.code) : 0, out, err }),
      );
    });
  const written = (name: string, value: object): string => {
    writeFileSync(join(home, name), stringify(value));
    return join(home, name);
  };
  const deploymentWith = (name: string, changes: Partial<DeploymentInput>): string =>
    written(name, { ...system.deployment, ...changes });
  const status = async (run: string): Promise<RunStatus> =>
    JSON.parse((await cotmill(['status', run, '--json'])).out) as RunStatus;
  const until = async (run: string, met: (now: RunStatus) => boolean): Promise<RunStatus> => {
    for (let tries = 0; tries < 30; tries += 1) {
      const now = await status(run).catch(() => undefined);
      if (now && met(now)) return now;
    }
    throw new Error(`run ${run} never came to what was waited for`);
  };

  beforeAll(async () => {
    system = await startSystem({ questions: QUESTIONS });
    home = join(system.directory, 'elsewhere');
    mkdirSync(home);
    // Found without being named, as in any directory of a user.
    written('deployment.yaml', system.deployment);
    recipe = written('exercises.yaml', fakeRecipe());
  });
  afterAll(() => system.stop());

  describe('before any worker runs', () => {
    it('doctor names what is missing', async () => {
      const { code, out } = await cotmill(['doctor']);
      expect(code).toBe(EXIT.unreachable);
      expect(out).toMatch(/ok {3}temporal: namespace default answers/);
      expect(out).toMatch(/FAIL worker of cotmill: 0 polling\n\s+mend: cotmill worker/);
    });

    it('status of a run says that no worker answers', async () => {
      expect(await cotmill(['run', recipe, '--run', 'waiting'])).toMatchObject({ code: EXIT.ok });
      const { out, code } = await cotmill(['status', 'waiting']);
      expect(code).toBe(EXIT.ok);
      expect(out).toContain('no worker answers');
      expect(await cotmill(['cancel', 'waiting'])).toMatchObject({ code: EXIT.ok });
    });
  });

  describe('with workers', () => {
    beforeAll(async () => {
      await system.serve();
    });

    it('run --wait --json prints the end and exits with 0', async () => {
      const { code, out, err } = await cotmill(['run', recipe, '--wait', '--json']);
      expect(code, err).toBe(EXIT.ok);
      const end = JSON.parse(out) as RunStatus;
      expect(end).toMatchObject({ run: 'exercises', state: 'completed', phase: 'done', questions: QUESTIONS });
      expect(end.summary?.questions.total).toBe(QUESTIONS);
    });

    it('status, watch and run --watch of a run that ended', async () => {
      expect(await status('exercises')).toMatchObject({ state: 'completed', pools: [], note: null });
      const watched = await cotmill(['watch', 'exercises']);
      expect(watched.code).toBe(EXIT.ok);
      expect(watched.out).toMatch(/^exercises: completed \| 12\/12 questions/);
      expect(watched.out).toContain('data set exercises v1');
      const again = await cotmill(['run', recipe, '--watch']);
      expect(again.code).toBe(EXIT.ok);
      expect(again.out).toContain('calls     0 new');
    });

    it('inspect lists the questions and shows one by the beginning of its id', async () => {
      const listed = (await cotmill(['inspect', 'exercises', '--json'])).out.trim().split('\n');
      const rows = listed.map((line) => JSON.parse(line) as { readonly id: string; readonly outcome: string });
      expect(rows).toHaveLength(QUESTIONS);
      for (const outcome of ['accepted', 'failed']) {
        const { out } = await cotmill(['inspect', 'exercises', '--json', '--outcome', outcome]);
        const wanted = rows.filter((row) => row.outcome === outcome).map(({ id }) => id);
        expect(out.split('\n').filter(Boolean)).toHaveLength(wanted.length);
      }
      const [first] = rows;
      const one = await cotmill(['inspect', 'exercises', first?.id.slice(0, 12) ?? '']);
      expect(one.out).toMatch(new RegExp(`^question ${first?.id}  ${first?.outcome}`));
      expect(one.out).toMatch(/chain 0: teacher teacher, sample 0/);
      expect(one.out).toMatch(/step 0 {2}generate chain 0 .* new {2}[0-9a-f]{64}/);
      const json = JSON.parse((await cotmill(['inspect', 'exercises', first?.id ?? '', '--json'])).out) as object;
      expect(json).toMatchObject({ row: { id: first?.id }, failure: null });
      expect(await cotmill(['inspect', 'exercises', 'zzz'])).toMatchObject({ code: EXIT.badInput });
      expect(await cotmill(['inspect', 'unknown'])).toMatchObject({ code: EXIT.badInput });
    });

    it('steers a run, shows its pools in another process, and exits with 4 when it is cancelled', async () => {
      system.model.set({ latency: 4000 });
      written('slow.yaml', fakeRecipe({ version: 'v2', salt: 'again', limits: { questionsInFlight: 2 } }));
      expect(await cotmill(['run', 'slow.yaml'])).toMatchObject({ code: EXIT.ok });
      const watching = cotmill(['watch', 'slow']);
      const busy = await until('slow', ({ pools }) => pools.some(({ inFlight }) => inFlight > 0));
      expect(busy.pools).toMatchObject([{ pool: 'fake', healthy: true }]);
      expect(await cotmill(['pause', 'slow'])).toMatchObject({ code: EXIT.ok });
      expect(await status('slow')).toMatchObject({ state: 'running', paused: true });
      expect(await cotmill(['resume', 'slow'])).toMatchObject({ code: EXIT.ok });
      expect((await cotmill(['concurrency', 'slow', '3'])).out).toContain('3 questions at the same time');
      expect(await cotmill(['cancel', 'slow'])).toMatchObject({ code: EXIT.ok });
      const watched = await watching;
      expect(watched.code, watched.out).toBe(EXIT.cancelled);
      expect(watched.out).toContain('run slow cancelled');
      system.model.set({ latency: 0 });
      const continued = await cotmill(['run', 'slow.yaml', '--wait', '--json']);
      expect(continued.code, continued.err).toBe(EXIT.ok);
    });

    it('exits with 1 and the reason when the run fails', async () => {
      const missing = written(
        'missing.yaml',
        fakeRecipe({ name: 'missing', sources: [{ name: 's', path: 'no.jsonl' }] }),
      );
      const { code, out } = await cotmill(['run', missing, '--wait']);
      expect(code).toBe(EXIT.runFailed);
      expect(out).toMatch(/run missing failed: .*no\.jsonl/);
    });

    it.each([['status'], ['watch'], ['cancel'], ['concurrency', '3']])(
      '%s of an unknown run is bad input',
      async (command, ...rest) => {
        const { code, err } = await cotmill([command ?? '', 'nothing', ...rest]);
        expect(code, err).toBe(EXIT.badInput);
        expect(err).toContain('There is no run "nothing"');
      },
    );

    it.each([
      ['a run name with a slash', ['run', 'exercises.yaml', '--run', 'a/b'], /run name "a\/b"/],
      ['a recipe that is not there', ['run', 'nowhere.yaml'], /nowhere\.yaml/],
      ['a deployment that is not there', ['status', 'exercises', '-d', 'nowhere.yaml'], /nowhere\.yaml/],
    ])('%s is bad input', async (_what, args, message) => {
      const { code, err } = await cotmill(args);
      expect(code).toBe(EXIT.badInput);
      expect(err).toMatch(message);
      expect(err).not.toContain('    at ');
    });

    it('exits with 3 where Temporal or the namespace is not there', async () => {
      const port = await freePort();
      const away = deploymentWith('away.yaml', { temporal: { address: `127.0.0.1:${port}` } });
      const unreachable = await cotmill(['status', 'exercises', '-d', away]);
      expect([unreachable.code, unreachable.err]).toEqual([EXIT.unreachable, expect.stringContaining('cotmill dev')]);
      const other = { temporal: { address: system.temporal.address, namespace: 'nowhere' } };
      const nowhere = await cotmill(['status', 'exercises', '-d', deploymentWith('nowhere-space.yaml', other)]);
      expect([nowhere.code, nowhere.err]).toEqual([EXIT.unreachable, expect.stringContaining('nowhere')]);
    });
  });

  describe('doctor', () => {
    const findings = async (file: string, environment = {}): Promise<{ code: number; failed: Finding[] }> => {
      const { code, out } = await cotmill(['doctor', '--json', '-d', file], environment);
      return { code, failed: (JSON.parse(out) as Finding[]).filter(({ ok }) => !ok) };
    };
    const pools = (endpoint: object, model = 'fake-model'): Pick<DeploymentInput, 'pools'> => ({
      pools: { fake: { model, endpoints: [{ url: system.model.url, ...endpoint }] } },
    });

    it('is content where all is well', async () => {
      expect(await findings(deploymentWith('well.yaml', {}))).toEqual({ code: EXIT.ok, failed: [] });
    });

    it('finds Temporal down', async () => {
      const away = deploymentWith('down.yaml', { temporal: { address: `127.0.0.1:${await freePort()}` } });
      const { code, failed } = await findings(away);
      expect([code, failed.map(({ check }) => check)]).toEqual([EXIT.unreachable, ['temporal']]);
    });

    it('finds a pool that is down, and one that does not serve the model', async () => {
      const down = deploymentWith('pool-down.yaml', pools({ url: `http://127.0.0.1:${await freePort()}/v1` }));
      expect((await findings(down)).failed).toMatchObject([
        { check: expect.stringMatching(/^pool fake at/) as string },
      ]);
      const other = await findings(deploymentWith('other-model.yaml', pools({}, 'other-model')));
      expect(other.failed).toMatchObject([{ detail: 'lists fake-model, not other-model' }]);
    });

    it('finds a wrong key, and does not print it', async () => {
      const guarded = await startFakeModelServer({ apiKey: 'right', echoKey: true });
      try {
        const file = deploymentWith('wrong-key.yaml', pools({ url: guarded.url, apiKeyEnv: 'MODEL_KEY' }));
        const { code, failed } = await findings(file, { MODEL_KEY: 'sk-planted' });
        expect([code, failed.length]).toEqual([EXIT.unreachable, 1]);
        expect(failed[0]).toMatchObject({ mend: expect.stringContaining('key') as string });
        expect(JSON.stringify(failed)).toContain('MODEL_KEY');
        expect(JSON.stringify(failed)).not.toContain('sk-planted');
        expect(await findings(file, { MODEL_KEY: 'right' })).toMatchObject({ code: EXIT.ok });
      } finally {
        await guarded.close();
      }
    });

    it('finds a store that refuses the keys', async () => {
      const s3 = await seaweed();
      const store: DeploymentInput['store'] = {
        kind: 's3',
        bucket: s3.bucket,
        endpoint: s3.endpoint,
        forcePathStyle: true,
        accessKeyIdEnv: 'STORE_KEY',
        secretAccessKeyEnv: 'STORE_SECRET',
      };
      try {
        const file = deploymentWith('s3.yaml', { store });
        const wrong = await findings(file, { STORE_KEY: s3.accessKeyId, STORE_SECRET: 'wrong' });
        expect(wrong).toMatchObject({ code: EXIT.unreachable, failed: [{ check: 'store' }] });
        const right = { STORE_KEY: s3.accessKeyId, STORE_SECRET: s3.secretAccessKey };
        expect(await findings(file, right)).toMatchObject({ code: EXIT.ok, failed: [] });
      } finally {
        await s3.stop();
      }
    });

    it('finds missing search attributes, and registers them when asked', async () => {
      const temporal = await temporalServer();
      const client = await connectClient({ address: temporal.address, namespace: 'default' });
      try {
        const { operatorService } = client.connection;
        await operatorService.removeSearchAttributes({ namespace: 'default', searchAttributes: ['CotRun'] });
        const file = deploymentWith('bare.yaml', { temporal: { address: temporal.address, namespace: 'default' } });
        const { failed } = await findings(file);
        expect(failed.map(({ check }) => check)).toContain('search attributes');
        const mended = await cotmill(['doctor', '--register', '-d', file]);
        expect(mended.out).toContain('registered CotRun');
      } finally {
        await client.connection.close();
        await temporal.stop();
      }
    });
  });
});
