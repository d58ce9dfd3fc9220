import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { withTemporaryDirectory } from '../../activities/temporary-directory.js';
import { temporaryDirectory } from '../support/temporary-directory.js';

const parent = temporaryDirectory('parent');
afterAll(() => parent.remove());

it.each(['done', 'failed'])('is there during the work and gone afterwards, files and all: %s', async (end) => {
  const places: string[] = [];
  const work = withTemporaryDirectory(parent.path, 'work-', async (directory) => {
    places.push(directory);
    await writeFile(join(directory, 'file'), 'text');
    if (end === 'failed') throw new Error('failed');
    return 'done';
  });
  await expect(work.catch((error: Error) => error.message)).resolves.toBe(end);
  expect(places[0]).toContain(join(parent.path, 'work-'));
  expect(places.filter((place) => existsSync(place))).toEqual([]);
});
