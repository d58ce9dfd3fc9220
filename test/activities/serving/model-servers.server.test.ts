import { existsSync, readFileSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import type { ServedModel } from '../../../activities/serving/served-model.js';
import { startModelServer } from '../../../workers/stack/model-server.js';
import {
  convertHere,
  ignore,
  inFolder,
  LLAMA_SERVER,
  serveHere,
  SHIPPED_GGUF,
  starting,
  type ServingHere,
} from './served-here.js';

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
});
