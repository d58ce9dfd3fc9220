import { expect, it } from 'vitest';
import { z } from 'zod';
import { readJson, readSchemaOne, writeJson, writeJsonDocument } from '../../../activities/store/json-objects.js';
import { createMemoryStore } from '../../fakes/memory-store.js';

const KEY = 'folder/object.json';
const VALUE = { schema: 1, text: 'é\ud800' } as const;

it.each([
  { write: writeJson, bytes: '{"schema":1,"text":"é\\ud800"}' },
  { write: writeJsonDocument, bytes: '{\n "schema": 1,\n "text": "é\\ud800"\n}\n' },
])('$write.name writes bytes that stay the same, and they are read back', async ({ write, bytes }) => {
  const store = createMemoryStore();
  await write(store, KEY, VALUE);
  expect(Buffer.from((await store.get(KEY)) ?? []).toString('utf8')).toBe(bytes);
  expect(await readJson(store, KEY)).toEqual(VALUE);
  expect(await readSchemaOne(store, KEY)).toEqual(VALUE);
});

it('there is nothing to read where nothing was written', async () => {
  expect(await readJson(createMemoryStore(), KEY)).toBeUndefined();
  expect(await readSchemaOne(createMemoryStore(), KEY)).toBeUndefined();
});

it.each(['no json', '{"text": 1}'])('an object that is something else is named: %s', async (text) => {
  const store = createMemoryStore();
  await store.put(KEY, Buffer.from(text));
  await expect(readJson(store, KEY, z.object({ text: z.string() }))).rejects.toThrow(
    /^folder\/object\.json in .*damaged/,
  );
  await expect(readSchemaOne(store, KEY)).rejects.toThrow(/^folder\/object\.json in .*version/);
});
