import { stat } from 'node:fs/promises';
import { createReadStream } from 'node:fs';
import { basename } from 'node:path';
import { readFile, type ReadFileOptions } from '../../sources/read-file.js';

/** The question of every row of training files: what the user says, without system prompts. Throws Error, naming file and row, for other rows. */
export async function* trainingQuestions(paths: readonly string[], options: ReadFileOptions): AsyncGenerator<string> {
  for (const path of paths) {
    const { size: bytes } = await stat(path);
    const open = () => Promise.resolve(createReadStream(path));
    const { items } = readFile({ path: basename(path), bytes, localPath: path, open }, options);
    for await (const item of items) {
      if ('fault' in item) throw new Error(`${path}:${item.number}: ${item.fault}`);
      const question = questionOf(item.row);
      if (question === undefined)
        throw new Error(`${path}:${item.number}: expected a question in "messages" or "prompt", found none`);
      yield question;
    }
  }
}

/** The last turn of the user that an answer follows. Pure. */
function questionOf({ messages, prompt }: Readonly<Record<string, unknown>>): string | undefined {
  const said = messages ?? prompt;
  if (typeof said === 'string') return said;
  if (!Array.isArray(said)) return undefined;
  const user = said.findLast((message: unknown) => isMessage(message) && message.role === 'user') as unknown;
  return isMessage(user) ? user.content : undefined;
}

function isMessage(value: unknown): value is { readonly role: string; readonly content: string } {
  if (typeof value !== 'object' || value === null) return false;
  const { role, content } = value as Readonly<Record<string, unknown>>;
  return typeof role === 'string' && typeof content === 'string';
}
