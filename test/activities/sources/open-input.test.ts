import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { createOpenInput } from '../../../activities/sources/open-input.js';
import type { OpenInput } from '../../../activities/sources/source-input.js';
import { SourceError } from '../../../activities/sources/source-error.js';
import { createMemoryStore } from '../../fakes/memory-store.js';
import { freshDirectory } from './fresh-directory.js';

async function setUp(): Promise<{ base: string; openInput: OpenInput }> {
  const base = freshDirectory();
  await mkdir(join(base, 'data', 'deep'), { recursive: true });
  await mkdir(join(base, 'data-secret'));
  await writeFile(join(base, 'data', 'rows.jsonl'), 'inside');
  await writeFile(join(base, 'data', 'deep', 'rows.jsonl'), 'deep inside');
  await writeFile(join(base, 'data-secret', 'rows.jsonl'), 'outside');
  await symlink(join(base, 'data-secret', 'rows.jsonl'), join(base, 'data', 'link.jsonl'));
  await symlink(join(base, 'data-secret'), join(base, 'data', 'linked'));
  await symlink('rows.jsonl', join(base, 'data', 'alias.jsonl'));
  const store = createMemoryStore();
  await store.put('inputs/math/rows.jsonl', Buffer.from('in the store'));
  await store.put('secret/rows.jsonl', Buffer.from('outside'));
  const inputs = {
    data: { kind: 'directory', directory: 'data' },
    lake: { kind: 'store', prefix: 'inputs/math/' },
    gone: { kind: 'directory', directory: 'gone' },
  } as const;
  return { base, openInput: createOpenInput({ inputs, baseDirectory: base, store }) };
}

describe('createOpenInput', () => {
  it.each([
    ['data', 'rows.jsonl', 'inside'],
    ['data', 'deep/rows.jsonl', 'deep inside'],
    ['data', 'alias.jsonl', 'inside'],
    ['lake', 'rows.jsonl', 'in the store'],
  ])('opens %s: %s', async (name, path, content) => {
    const { openInput } = await setUp();
    const file = await openInput(name).file(path);
    expect(file).toMatchObject({ path, bytes: content.length });
    expect(await text(await file.open())).toBe(content);
    expect(await text(await file.open())).toBe(content);
  });

  it.each([
    ['data', '../data-secret/rows.jsonl'],
    ['data', 'deep/../../data-secret/rows.jsonl'],
    ['data', '/etc/hostname'],
    ['data', 'link.jsonl'],
    ['data', 'linked/rows.jsonl'],
    ['data', '..'],
    ['lake', '../../secret/rows.jsonl'],
    ['lake', './rows.jsonl'],
    ['lake', ''],
  ])('refuses a path that leaves %s: %s', async (name, path) => {
    const { openInput } = await setUp();
    const failure = await openInput(name)
      .file(path)
      .catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(SourceError);
    expect(String(failure)).toContain(`leaves input "${name}"`);
  });

  it('lists the known inputs when one is unknown', async () => {
    const { openInput } = await setUp();
    expect(() => openInput('date')).toThrow(
      new SourceError(
        'Input "date" is not in the deployment: it has data, lake, gone. Add it under inputs, or name another one.',
      ),
    );
    expect(() => openInput('constructor')).toThrow(SourceError);
  });

  it('names the file, the input and its place when a file is missing', async () => {
    const { base, openInput } = await setUp();
    await expect(openInput('data').file('none.jsonl')).rejects.toThrow(
      `No file none.jsonl in input "data" (directory ${join(base, 'data')}).`,
    );
    await expect(openInput('lake').file('none.jsonl')).rejects.toThrow(
      'No object inputs/math/none.jsonl for none.jsonl of input "lake" (inputs/math/ in memory).',
    );
    await expect(openInput('gone').file('rows.jsonl')).rejects.toThrow(
      `The directory of input "gone" (directory ${join(base, 'gone')}) can't be read`,
    );
    await expect(openInput('data').file('deep')).rejects.toThrow('not a regular file');
  });
});
