import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { bytesToDisk, createAtomicFiles } from '../../../activities/store/atomic-file.js';
import { temporaryDirectory } from '../../support/temporary-directory.js';

describe('several writers of one process', () => {
  let directory: ReturnType<typeof temporaryDirectory>;
  beforeEach(() => {
    directory = temporaryDirectory('atomic');
  });
  afterEach(() => directory.remove());

  const writers = Array.from({ length: 8 }, (_, index) => ({ files: createAtomicFiles(), text: `writer ${index}` }));
  const bytes = (text: string) => bytesToDisk(Buffer.from(text));

  it('race for a file: exactly one makes it, and all find it whole', async () => {
    const path = join(directory.path, 'only');
    const made = await Promise.all(writers.map(({ files, text }) => files.create(path, bytes(text))));
    expect(made.filter(Boolean)).toHaveLength(1);
    expect(readFileSync(path, 'utf8')).toBe(writers[made.indexOf(true)]?.text);
    expect(readdirSync(directory.path)).toEqual(['only']);
  });

  it('replace a file one after the other, whole each time', async () => {
    const path = join(directory.path, 'last');
    await Promise.all(writers.map(({ files, text }) => files.replace(path, bytes(text))));
    expect(writers.map(({ text }) => text)).toContain(readFileSync(path, 'utf8'));
    expect(readdirSync(directory.path)).toEqual(['last']);
  });
});
