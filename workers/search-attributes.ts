import type { Client } from '@temporalio/client';
import { SEARCH_ATTRIBUTES } from '../workflows/search-attributes.js';

/** IndexedValueType of Temporal's API: keyword. */
const KEYWORD = 2;

/** Search attributes that the namespace does not have. */
export async function missingSearchAttributes(client: Client): Promise<string[]> {
  const { customAttributes } = await client.connection.operatorService.listSearchAttributes({
    namespace: client.options.namespace,
  });
  return SEARCH_ATTRIBUTES.map(({ name }) => name).filter((name) => !(name in customAttributes));
}

/** Registers what is missing; needs an operator's rights on a shared cluster. Returns the names it added. */
export async function registerSearchAttributes(client: Client): Promise<string[]> {
  const missing = await missingSearchAttributes(client);
  if (missing.length > 0) await addSearchAttributes(client, missing);
  return missing;
}

/** Adds attributes that the namespace does not have. */
export async function addSearchAttributes(client: Client, names: readonly string[]): Promise<void> {
  await client.connection.operatorService.addSearchAttributes({
    namespace: client.options.namespace,
    searchAttributes: Object.fromEntries(names.map((name) => [name, KEYWORD])),
  });
}

/** The commands that do the same by hand. */
export const searchAttributeCommands = (names: readonly string[]): string =>
  names.map((name) => `temporal operator search-attribute create --name ${name} --type Keyword`).join('\n');
