import { createHash } from 'node:crypto';
import { lstat, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { canonicalJson } from '../../config/canonical-json.js';
import { packageRoot } from '../../config/package-root.js';
import { jobName } from '../jobs/job-name.js';
import { copyLocalFile } from '../local-files.js';
import { isErrno } from '../store/atomic-file.js';
import type { ModelToServe } from './served-model.js';

/** Of 63 that a job's name may have, "serve-" and the hash with its hyphen are taken. */
const OWNER_CHARACTERS = 40;

/** `serve-<owner>-<12 digits>`: the same for the same wish, another for any other. Pure. */
export function serverJobName(toServe: ModelToServe): string {
  const sha256 = createHash('sha256').update(canonicalJson(toServe)).digest('hex');
  return jobName({ kind: 'serve', about: toServe.owner, sha256, characters: OWNER_CHARACTERS });
}

/** Where the files of one server lie, as jobs and workers see them. */
export interface ServerFolder {
  readonly path: string;
  /** What serve_model.py reads. */
  readonly config: string;
  /** Renewed by whoever wants the server. */
  readonly lease: string;
  /** Written when the server answers. */
  readonly endpoint: string;
  /** Says that whoever wanted the server wants it no more: its end is no loss. */
  readonly stopped: string;
  /** Programs of cotmill, copied here: the machine of the job need not have cotmill. */
  readonly serveModel: string;
  readonly llamaServer: string;
}

export function serverFolder(workDirectory: string, job: string): ServerFolder {
  const path = join(workDirectory, 'serving', job);
  return {
    path,
    config: join(path, 'serve.json'),
    lease: join(path, 'lease'),
    endpoint: join(path, 'endpoint.json'),
    stopped: join(path, 'stopped'),
    serveModel: join(path, 'serve_model.py'),
    llamaServer: join(path, 'llama_server.py'),
  };
}

/** Copies a program of cotmill to where jobs see it. One that reads the copy now is not disturbed. */
const place = (program: readonly string[], path: string): Promise<void> =>
  copyLocalFile(join(packageRoot(), 'infra', ...program), path);

/** Makes the folder with the programs of cotmill in it. */
export async function makeServerFolder(folder: ServerFolder): Promise<void> {
  await place(['serving', 'serve_model.py'], folder.serveModel);
  await place(['mini', 'serve.py'], folder.llamaServer);
}

/** Where GGUF files are kept, and the program that makes them. */
export interface GgufFolder {
  readonly path: string;
  readonly convert: string;
}

/** Makes the folder with the converter of cotmill in it. */
export async function makeGgufFolder(workDirectory: string): Promise<GgufFolder> {
  const path = join(workDirectory, 'gguf');
  const folder = { path, convert: join(path, 'convert_gguf.py') };
  await place(['serving', 'convert_gguf.py'], folder.convert);
  return folder;
}

/** Makes the model's directory visible in the folder, which is the server's working directory, under the model's name: some servers know no other name. */
export async function linkModel(folder: ServerFolder, model: string, directory: string): Promise<void> {
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(model)) return;
  const link = join(folder.path, model);
  try {
    await symlink(directory, link);
  } catch (error) {
    if (!isErrno(error, 'EEXIST') || !(await lstat(link)).isSymbolicLink()) throw error;
  }
}
