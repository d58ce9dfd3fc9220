import { createReadStream } from 'node:fs';
import { realpath, stat } from 'node:fs/promises';
import { join, resolve, sep } from 'node:path';
import type { Readable } from 'node:stream';
import type { InputConfig } from '../../config/deployment.js';
import type { ObjectStore } from '../store/object-store.js';
import { isPattern } from './file-pattern.js';
import type { Patience } from './hub-fetch.js';
import { hubInput } from './hub-input.js';
import type { InputFile, OpenInput, SourceInput } from './source-input.js';
import { SourceError } from './source-error.js';

const READ_BYTES = 262_144;

export interface InputsOptions {
  /** Inputs of the deployment by name. */
  readonly inputs: Readonly<Record<string, InputConfig>>;
  /** Directories of the deployment are relative to this one. */
  readonly baseDirectory: string;
  readonly store: ObjectStore;
  /** Holds the tokens of the Hub. @default none is set */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** With a Hub that is busy or away (hub-input.ts). */
  readonly patience?: Patience;
}

/** Opens the deployment's inputs by name. The function it returns throws SourceError, listing the known names, for an unknown one. */
export function createOpenInput(options: InputsOptions): OpenInput {
  const { inputs, baseDirectory, store, environment = {}, patience } = options;
  return function openInput(name) {
    const input = Object.hasOwn(inputs, name) ? inputs[name] : undefined;
    if (input === undefined) throw unknownInput(name, Object.keys(inputs));
    switch (input.kind) {
      case 'directory':
        return directoryInput(name, resolve(baseDirectory, input.directory));
      case 'store':
        return storeInput(name, input.prefix, store);
      case 'hub':
        return hubInput(name, input, { environment, ...(patience !== undefined && { patience }) });
    }
  };
}

function unknownInput(name: string, known: readonly string[]): SourceError {
  const list = known.length === 0 ? 'it has none' : `it has ${known.join(', ')}`;
  return new SourceError(
    `Input "${name}" is not in the deployment: ${list}. Add it under inputs, or name another one.`,
  );
}

function directoryInput(name: string, directory: string): SourceInput {
  const description = `input "${name}" (directory ${directory})`;
  async function file(path: string): Promise<InputFile> {
    assertRelative(path, description);
    const root = await realpath(directory).catch((cause: unknown) => {
      throw new SourceError(`The directory of ${description} can't be read: is it there?`, { cause });
    });
    // Links are followed first: one that leaves the directory would open any file of this machine to whoever may write a recipe.
    const localPath = await realpath(join(root, path)).catch((cause: unknown) => {
      throw new SourceError(`No file ${path} in ${description}.`, { cause });
    });
    if (!localPath.startsWith(root.endsWith(sep) ? root : root + sep)) throw outside(path, description);
    const info = await stat(localPath);
    if (!info.isFile()) throw new SourceError(`${path} in ${description} is not a regular file.`);
    const open = () => Promise.resolve(createReadStream(localPath, { highWaterMark: READ_BYTES }));
    return { path, bytes: info.size, localPath, open };
  }
  return { description, file };
}

function storeInput(name: string, prefix: string, store: ObjectStore): SourceInput {
  const description = `input "${name}" (${prefix} in ${store.description})`;
  async function file(path: string): Promise<InputFile> {
    assertRelative(path, description);
    const key = `${prefix.replace(/\/+$/, '')}/${path}`;
    const missing = () => new SourceError(`No object ${key} for ${path} of ${description}.`);
    const info = await store.stat(key);
    if (info === undefined) throw missing();
    async function open(): Promise<Readable> {
      const stream = await store.getStream(key);
      if (stream === undefined) throw missing();
      return stream;
    }
    return { path, bytes: info.bytes, localPath: undefined, open };
  }
  return { description, file };
}

/** Recipes are checked for this already; this is the last door. */
function assertRelative(path: string, description: string): void {
  if (isPattern(path))
    throw new SourceError(`${path} is a pattern, and ${description} is not on the Hub: list the files by name.`);
  const segments = path.split(/[/\\]/);
  if (path.includes('\0') || segments.some((segment) => segment === '' || segment === '.' || segment === '..'))
    throw outside(path, description);
}

const outside = (path: string, description: string): SourceError =>
  new SourceError(
    `${JSON.stringify(path)} leaves ${description}: expected a file below it, such as "gsm8k/test.jsonl".`,
  );
