import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { createModelServers, type ModelServers } from '../../../activities/serving/model-servers.js';
import type { ModelToServe } from '../../../activities/serving/served-model.js';
import type { StartOptions } from '../../../activities/serving/start-server.js';
import type { Report, ServingTimes } from '../../../activities/serving/server-place.js';
import { openLaunchers, type Launchers } from '../../../activities/jobs/open-launchers.js';
import { Deployment, type DeploymentInput } from '../../../config/deployment.js';
import { toolPath } from '../../../workers/stack/tools.js';
import { temporaryDirectory } from '../../support/temporary-directory.js';

export const WEAK_STUDENT = resolve('infra/mini/model/weak-student');
export const SHIPPED_GGUF = resolve('infra/mini/model/weak-student-q8_0.gguf');

type ServerInput = NonNullable<DeploymentInput['servers']>[string];

/** The server of the set-up: llama.cpp's. */
export const LLAMA_SERVER: ServerInput = {
  launcher: 'here',
  kind: 'llama',
  command: [
    ...['{python}', '{script}', '--model', '{model}', '--alias', '{name}', '--host', '{host}', '--port', '{port}'],
    ...['--parallel', '4', '--context', '4096'],
  ],
  leaseMs: 60_000,
};

/** Servers on a real process launcher in a directory of their own. */
export interface ServingHere {
  readonly servers: ModelServers;
  readonly launchers: Launchers;
  readonly deployment: Deployment;
  readonly directory: string;
  toServe(owner: string, server?: string): ModelToServe;
  /** Processes that belong to jobs of this place, by command line. */
  processes(): string[];
  remove(): void;
}

export function serveHere(
  servers: Readonly<Record<string, ServerInput>>,
  times: Partial<ServingTimes> = {},
): ServingHere {
  const directory = temporaryDirectory('serving');
  const deployment = Deployment.parse({
    store: { kind: 'file', directory: directory.path },
    pools: {},
    launchers: { here: { kind: 'process', directory: directory.path, graceMs: 10_000 } },
    servers,
  });
  const launchers = openLaunchers(deployment, process.env);
  const programs = { python: () => toolPath('python'), trainingPython: () => toolPath('trainingPython') };
  return {
    servers: createModelServers({ launchers, deployment, programs, times: { beatMs: 200, ...times } }),
    launchers,
    deployment,
    directory: directory.path,
    toServe: (owner, server = 'default') => ({
      server,
      owner,
      model: 'weak-student-0123abcd',
      checkpoint: { directory: WEAK_STUDENT },
    }),
    processes: () => marked(directory.path),
    remove: () => directory.remove(),
  };
}

/** Processes whose environment names a job below the directory: whatever group or session they have moved to. */
function marked(directory: string): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .sort((a, b) => Number(a) - Number(b))
    .filter((pid) => read(`/proc/${pid}/environ`).includes(`COTMILL_JOB_DIRECTORY=${directory}`))
    .filter((pid) => !/^State:\s+Z/m.test(read(`/proc/${pid}/status`)))
    .map((pid) => `${pid} ${read(`/proc/${pid}/cmdline`).replaceAll('\0', ' ')}`);
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

export const pidOf = (processes: readonly string[], pattern: RegExp): number =>
  Number(processes.find((one) => pattern.test(one))?.split(' ')[0] ?? NaN);

export const ignore: Report = () => undefined;
export const starting: StartOptions = { report: ignore, signal: new AbortController().signal, isUnwanted: () => false };

/** Converts with the converter of cotmill. */
export function convertHere(out: string): void {
  const script = resolve('infra/serving/convert_gguf.py');
  const options = ['--checkpoint', WEAK_STUDENT, '--out', out, '--name', 'weak-student'];
  execFileSync(toolPath('trainingPython'), [script, ...options], { stdio: 'pipe' });
}

export const inFolder = (here: ServingHere, job: string, file: string): string =>
  join(here.directory, 'work', 'serving', job, file);
