import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import type { Report } from '../../../activities/serving/server-place.js';
import type { ServedModel } from '../../../activities/serving/served-model.js';
import { startModelServer } from '../../../workers/stack/model-server.js';
import {
  convertHere,
  ignore,
  inFolder,
  LLAMA_SERVER,
  pidOf,
  serveHere,
  SHIPPED_GGUF,
  starting,
  type ServingHere,
} from './served-here.js';

const WATCHER = /python\S* \S*serve_model\.py/;
const PATIENCE = { timeout: 30_000 };
const QUESTION = 'Anna has 3 marbles. She finds 4 more marbles. How many marbles does Anna have now?';

/** What a server says to a question, with all that may differ from call to call left out. */
async function answerOf({ url, model }: Pick<ServedModel, 'url' | 'model'>, seed = 1): Promise<string> {
  const response = await fetch(`${url}/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      model,
      messages: [{ role: 'user', content: QUESTION }],
      temperature: 0.8,
      seed,
      max_tokens: 200,
    }),
  });
  const { choices } = (await response.json()) as { choices: { message: { content: string } }[] };
  return choices[0]?.message.content ?? '';
}

describe('a model that is served', { timeout: 120_000 }, () => {
  const places: ServingHere[] = [];
  const here = (...options: Parameters<typeof serveHere>): ServingHere => {
    const place = serveHere(...options);
    places.push(place);
    return place;
  };

  afterEach(async () => {
    for (const place of places.splice(0)) {
      await expect.poll(() => place.processes(), PATIENCE).toEqual([]);
      place.remove();
    }
  });

  it('is converted, served, found again by a second start, and gone after it was stopped', async () => {
    const place = here({ default: LLAMA_SERVER });
    const { servers } = place;
    const served = await servers.start(place.toServe('run-a'), starting);
    expect(served).toMatchObject({ launcher: 'here', server: 'default', model: 'weak-student-0123abcd' });
    expect(served.job.name).toMatch(/^serve-run-a-[0-9a-f]{12}$/);
    expect(await servers.start(place.toServe('run-a'), starting)).toEqual(served);
    expect(place.processes().filter((one) => one.includes('llama_server.py'))).toHaveLength(1);
    expect(await answerOf(served)).not.toBe('');

    await servers.stop(served, { report: ignore });
    expect(place.processes()).toEqual([]);
    expect(existsSync(inFolder(place, served.job.name, 'endpoint.json'))).toBe(false);
    await servers.stop(served, { report: ignore });
  });

  it('answers as the shipped GGUF file does: the conversion loses nothing', async () => {
    const place = here({ default: LLAMA_SERVER });
    const converted = inFolder(place, '..', 'converted.gguf');
    const served = await place.servers.start(place.toServe('run-a'), starting);
    convertHere(converted);
    expect(readFileSync(converted).equals(readFileSync(SHIPPED_GGUF))).toBe(true);
    const shipped = await startModelServer({ modelFile: SHIPPED_GGUF, parallelRequests: 4 });
    for (const seed of [1, 2, 3]) expect(await answerOf(served, seed)).toBe(await answerOf(shipped, seed));
    await shipped.stop();
    await place.servers.stop(served, { report: ignore });
  });

  it('is another server for each of two users: stopping one takes it from nobody', async () => {
    const place = here({ default: LLAMA_SERVER });
    const [one, two] = await Promise.all(
      ['user-one', 'user-two'].map((owner) => place.servers.start(place.toServe(owner), starting)),
    );
    if (!one || !two) throw new Error('two were started');
    expect(one.job.name).not.toBe(two.job.name);
    await place.servers.stop(one, { report: ignore });
    expect(await answerOf(two)).not.toBe('');
    await place.servers.stop(two, { report: ignore });
  });

  it.each([
    ['the server', /llama_server\.py/, /is gone: failed, exit code 137, .*the server ended with exit code 137/s],
    ['the program that watches over it', WATCHER, /is gone: failed/],
    ['its guard', 'guard', /is gone: failed, exit code 137, .*the server ended with exit code 137/s],
    ['the runner of the job', /run-job\.mjs/, /is gone: node-lost/],
  ])('is lost when %s is killed, and nothing of it is left', async (_name, pattern, message) => {
    const place = here({ default: LLAMA_SERVER });
    const served = await place.servers.start(place.toServe('run-a'), starting);
    const held = place.servers.hold(served, starting);
    const processes = place.processes();
    // The guard is a copy of the program that watches, and stands behind it.
    const guard = processes.filter((one) => WATCHER.test(one)).slice(1);
    process.kill(typeof pattern === 'string' ? pidOf(guard, WATCHER) : pidOf(processes, pattern), 'SIGKILL');
    await expect(held).rejects.toMatchObject({
      name: 'ServingLost',
      message: expect.stringMatching(message) as string,
    });
    await expect.poll(() => place.processes(), PATIENCE).toEqual([]);
    await expect(place.servers.start(place.toServe('run-a'), starting)).rejects.toThrow();
    const again = await place.servers.start(place.toServe('run-a-r1'), starting);
    expect(await answerOf(again)).not.toBe('');
    await place.servers.stop(again, { report: ignore });
  });

  it('ends itself when nobody holds it any more, and stays as long as somebody does', async () => {
    const place = here({ default: { ...LLAMA_SERVER, leaseMs: 5_000 } });
    const served = await place.servers.start(place.toServe('run-a'), starting);
    const worker = new AbortController();
    const held = place.servers.hold(served, { ...starting, signal: worker.signal });
    await delay(7_000);
    expect(await answerOf(served)).not.toBe('');

    worker.abort(new Error('the worker was killed'));
    await expect(held).rejects.toThrow('the worker was killed');
    await expect.poll(() => place.processes(), PATIENCE).toEqual([]);
    await expect(place.servers.hold(served, starting)).rejects.toMatchObject({
      name: 'ServingLost',
      message: expect.stringContaining('nobody renewed the lease for 5 s') as string,
    });
  });

  it('lets go of its holder quietly when it is stopped', async () => {
    const place = here({ default: LLAMA_SERVER });
    const served = await place.servers.start(place.toServe('run-a'), starting);
    const held = place.servers.hold(served, starting);
    await place.servers.stop(served, { report: ignore });
    await held;
  });
});

/** A directory that a web server of Python can serve as if it were an API. */
const modelsPage = (directory: string): { directory: string } => {
  mkdirSync(join(directory, 'page', 'v1'), { recursive: true });
  writeFileSync(join(directory, 'page', 'v1', 'models'), '{}');
  return { directory: join(directory, 'page') };
};

const script = (text: string) => ({ launcher: 'here', command: ['sh', '-c', text] });
const WEB = '"{python}" -m http.server {port} --bind {host} --directory';

describe('a server of any program', { timeout: 60_000 }, () => {
  let place: ServingHere;
  afterEach(async () => {
    await expect.poll(() => place.processes(), PATIENCE).toEqual([]);
    place.remove();
  });
  const start = (owner = 'run-a'): Promise<ServedModel> =>
    place.servers.start({ ...place.toServe(owner), checkpoint: modelsPage(place.directory) }, starting);

  it('finds the model under its name in its working directory, and is ended with all that it has started', async () => {
    place = serveHere({
      default: script(`trap "" TERM; sleep 600 & sleep 600 & test -d {name}/v1 && ${WEB} {name} & wait`),
    });
    const served = await start();
    expect((await fetch(`${served.url}/models`)).status).toBe(200);
    expect(place.processes().filter((one) => /^\d+ sleep 600/.test(one))).toHaveLength(2);
    process.kill(pidOf(place.processes(), WATCHER), 'SIGKILL');
    await expect(place.servers.hold(served, starting)).rejects.toMatchObject({ name: 'ServingLost' });
    await expect.poll(() => place.processes(), PATIENCE).toEqual([]);
    const again = await start('run-b');
    await place.servers.stop(again, { report: ignore });
    expect(place.processes()).toEqual([]);
  });

  it.each([
    [
      'says so',
      'echo no such device >&2; exit 3',
      /did not start: failed, exit code 3, .*What to do: correct.*no such device/s,
    ],
    [
      'needs more memory',
      'echo "torch.OutOfMemoryError: CUDA out of memory." >&2; exit 1',
      /did not start: out-of-memory, .*more memory or more GPUs/s,
    ],
    ['is not there', 'exec no-such-server', /did not start: failed, exit code 127/],
    ['never answers', 'sleep 600', /did not answer \/health or \/v1\/models within 1\.5 s/],
    ['ends without a word', 'true', /did not start: failed, exit code 1.*the server ended with exit code 0/s],
  ])('that %s fails with the end of its output', async (_name, text, message) => {
    place = serveHere({ default: { ...script(text), startTimeoutMs: 1_500 } });
    await expect(start()).rejects.toMatchObject({
      name: 'ServingFailed',
      message: expect.stringMatching(message) as string,
    });
  });

  it('says which word of its command nobody knows', async () => {
    place = serveHere({ default: { launcher: 'here', command: ['serve', '{modle}'] } });
    await expect(start()).rejects.toThrow(
      'servers.default.command[1] of the deployment: expected {python}, {trainingPython}, {script}, {model}, {name}, {revision}, {host}, {port}, found "{modle}"',
    );
  });

  it('is ended when it is not wanted any more before it has answered, and left alone when only the worker stops', async () => {
    place = serveHere({ default: { ...script('sleep 600'), leaseMs: 5_000 } });
    const attempt = async (isUnwanted: boolean, owner: string): Promise<void> => {
      const effort = new AbortController();
      const started = place.servers.start(place.toServe(owner), {
        report: ({ state }) =>
          state === 'starting' &&
          place.processes().some((one) => one.includes('sleep 600')) &&
          effort.abort(new Error('stop')),
        signal: effort.signal,
        isUnwanted: () => isUnwanted,
      });
      await expect(started).rejects.toThrow('stop');
    };
    await attempt(true, 'run-a');
    expect(place.processes()).toEqual([]);
    await attempt(false, 'run-b');
    expect(place.processes()).not.toEqual([]);
  });

  it('goes on with the conversion that a worker has left, and ends one that nobody wants any more', async () => {
    const convert = ['sh', '-c', 'sleep 2; : > "$0"', '{gguf}'];
    place = serveHere({ default: { ...script('sleep 600'), kind: 'llama', convert, startTimeoutMs: 1_500 } });
    const checkpoint = modelsPage(place.directory);
    const attempt = async (isUnwanted: boolean): Promise<void> => {
      const effort = new AbortController();
      const report: Report = ({ state }) => state === 'converting' && effort.abort(new Error('stop'));
      const options = { report, signal: effort.signal, isUnwanted: () => isUnwanted };
      await expect(place.servers.start({ ...place.toServe('run-a'), checkpoint }, options)).rejects.toThrow('stop');
    };
    const conversions = (): string[] =>
      readdirSync(join(place.directory, 'jobs')).filter((name) => name.startsWith('gguf-'));
    await attempt(false);
    await attempt(false);
    expect(conversions()).toHaveLength(1);
    expect(place.processes()).not.toEqual([]);
    await attempt(true);
    expect(place.processes()).toEqual([]);
    await expect(start()).rejects.toThrow('did not answer');
    expect(conversions()).toHaveLength(2);
  });

  it('does not convert what it does not know, and says what to do', async () => {
    place = serveHere({ default: LLAMA_SERVER });
    const { directory } = modelsPage(place.directory);
    writeFileSync(join(directory, 'config.json'), '{"model_type": "mamba"}');
    const started = place.servers.start({ ...place.toServe('run-a'), checkpoint: { directory } }, starting);
    await expect(started).rejects.toMatchObject({
      name: 'ServingFailed',
      message: expect.stringMatching(
        /was not converted to GGUF: failed.*model_type: expected 'qwen2', found 'mamba'.*"convert"/s,
      ) as string,
    });
  });
});
