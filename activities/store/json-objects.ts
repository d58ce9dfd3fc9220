import type { z } from 'zod';
import type { ObjectStore } from './object-store.js';

/** JSON as it stands in documents that people read too. Such bytes are hashed and compared with published ones: they must never change. */
export const jsonDocument = (value: unknown): string => `${JSON.stringify(value, null, 1)}\n`;

/** Writes or replaces an object that is read by programs alone, as one line of JSON. Throws StoreError. */
export const writeJson = (store: ObjectStore, key: string, value: unknown): Promise<void> =>
  store.put(key, Buffer.from(JSON.stringify(value)));

/** Writes or replaces an object as a {@link jsonDocument}. Throws StoreError. */
export const writeJsonDocument = (store: ObjectStore, key: string, value: unknown): Promise<void> =>
  store.put(key, Buffer.from(jsonDocument(value)));

/**
 * The value of an object of JSON, or undefined when there is none. Without a schema it counts as what was written there: for what this program alone
 * writes. Throws StoreError, or Error that names the key when the object is something else.
 */
export async function readJson<Value>(
  store: ObjectStore,
  key: string,
  schema?: z.ZodType<Value>,
): Promise<Value | undefined> {
  const bytes = await store.get(key);
  if (bytes === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(bytes));
    return schema ? schema.parse(value) : (value as Value);
  } catch (cause) {
    const advice = 'it is damaged, or was written by another program or version';
    throw new Error(`${key} in ${store.description} is not JSON as cotmill writes it there: ${advice}.`, { cause });
  }
}

/** A document that says its schema, of which this version knows the first. Throws as {@link readJson}. */
export async function readSchemaOne<Document extends { readonly schema: 1 }>(
  store: ObjectStore,
  key: string,
): Promise<Document | undefined> {
  const document = await readJson<Document>(store, key);
  if (document === undefined || document.schema === 1) return document;
  throw new Error(
    `${key} in ${store.description} is of another schema than 1: it was written by another version of cotmill.`,
  );
}
