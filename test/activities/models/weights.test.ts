import { cpSync, mkdirSync, readFileSync, statSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CheckpointMissing, hashCheckpoint, hubWeightsHash } from '../../../activities/models/weights.js';
import { temporaryDirectory } from '../../support/temporary-directory.js';

describe('the hash of a checkpoint', () => {
  let directory: ReturnType<typeof temporaryDirectory>;
  const at = (path: string): string => join(directory.path, path);
  const put = (path: string, text: string): void => {
    mkdirSync(dirname(at(path)), { recursive: true });
    writeFileSync(at(path), text);
  };
  let beats: number;
  const hash = (path = 'model', cache?: string) =>
    hashCheckpoint(at(path), {
      heartbeat: () => (beats += 1),
      signal: new AbortController().signal,
      ...(cache !== undefined && { cacheFile: at(cache) }),
    });

  beforeEach(() => {
    beats = 0;
    directory = temporaryDirectory('weights');
    put('model/model.safetensors', 'weights');
    put('model/config.json', '{}');
  });
  afterEach(() => directory.remove());

  it('is that of its files, wherever they lie', async () => {
    const { files, weightsSha256 } = await hash();
    expect(files.map(({ path, bytes }) => [path, bytes])).toEqual([
      ['config.json', 2],
      ['model.safetensors', 7],
    ]);
    cpSync(at('model'), at('copy'), { recursive: true });
    expect((await hash('copy')).weightsSha256).toBe(weightsSha256);
    put('copy/config.json', '[]');
    expect((await hash('copy')).weightsSha256).not.toBe(weightsSha256);
  });

  it('follows links, as the cache of the Hub has them', async () => {
    const { weightsSha256 } = await hash();
    mkdirSync(at('snapshot'));
    for (const name of ['model.safetensors', 'config.json']) symlinkSync(at(`model/${name}`), at(`snapshot/${name}`));
    expect((await hash('snapshot')).weightsSha256).toBe(weightsSha256);
  });

  it('is not that of what trainers note beside the weights', async () => {
    const { weightsSha256 } = await hash();
    for (const note of [
      '.lock',
      'training_args.bin',
      'trainer_state.json',
      'checkpoint-8/model.safetensors',
      'README.md',
    ])
      put(`model/${note}`, 'note');
    expect((await hash()).weightsSha256).toBe(weightsSha256);
    put('model/adapter/readme.json', 'part');
    expect((await hash()).weightsSha256).not.toBe(weightsSha256);
  });

  it('is remembered as long as size and time of the files stay', async () => {
    const { weightsSha256 } = await hash('model', 'cache.json');
    expect(beats).toBe(2);
    expect((await hash('model', 'cache.json')).weightsSha256).toBe(weightsSha256);
    expect(beats).toBe(2);
    const { mtimeMs } = statSync(at('model/config.json'));
    put('model/config.json', '[]');
    utimesSync(at('model/config.json'), new Date(), new Date(mtimeMs + 5_000));
    expect((await hash('model', 'cache.json')).weightsSha256).not.toBe(weightsSha256);
    expect(beats).toBe(3);
    writeFileSync(at('cache.json'), 'damaged');
    await hash('model', 'cache.json');
    expect(beats).toBe(5);
    expect(readFileSync(at('cache.json'), 'utf8')).toContain('config.json');
  });

  it('says when there is no checkpoint', async () => {
    await expect(hash('nowhere')).rejects.toThrow(CheckpointMissing);
    await expect(hash('nowhere')).rejects.toThrow('does the worker of the duty "jobs" see it');
    mkdirSync(at('empty'));
    await expect(hash('empty')).rejects.toThrow('has no file: expected a checkpoint');
  });

  it('of a model of the Hub is that of its name and commit', () => {
    expect(hubWeightsHash('a/b', 'abcdef1')).not.toBe(hubWeightsHash('a/b', 'abcdef2'));
    expect(hubWeightsHash('a/b', 'abcdef1')).toMatch(/^[0-9a-f]{64}$/);
  });
});
