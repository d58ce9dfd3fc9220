import type { Deployment } from '../../config/deployment.js';
import type { ServerConfig } from '../../config/launchers.js';
import { fillCommand } from '../jobs/fill-command.js';
import type { JobSpec } from '../jobs/job-launcher.js';
import type { ModelToServe } from './served-model.js';
import type { GgufFolder, ServerFolder } from './server-folder.js';
import { ServingFailed } from './serving-error.js';

/** Programs of this machine that commands may name; each throws when it is not set up. */
export interface ServingPrograms {
  /** Python of the set-up, with llama.cpp's server. */
  readonly python: () => string;
  /** Python of the training, with transformers and gguf. */
  readonly trainingPython: () => string;
}

/** A server of the deployment with all that decides about its jobs. */
export interface ServerSetting {
  readonly name: string;
  readonly config: ServerConfig;
  readonly launcherKind: Deployment['launchers'][string]['kind'];
  readonly programs: ServingPrograms;
}

/** Converts the checkpoint in place of the template that the deployment leaves out; knows Qwen2. */
const DEFAULT_CONVERT = [
  ...['{trainingPython}', '{script}'],
  ...['--checkpoint', '{model}', '--out', '{gguf}', '--name', '{name}'],
];

/** `serve.json`: what serve_model.py is to do. Pure but for the programs. */
export function serveSettings(
  { name, config, programs }: ServerSetting,
  { toServe, folder, model }: { readonly toServe: ModelToServe; readonly folder: ServerFolder; readonly model: string },
): object {
  const { checkpoint } = toServe;
  const values = {
    python: programs.python,
    trainingPython: programs.trainingPython,
    script: () => folder.llamaServer,
    model: () => model,
    name: () => toServe.model,
    revision: () => ('hub' in checkpoint ? checkpoint.revision : 'main'),
    host: () => config.host,
    // Filled in where the server is started.
    port: () => '{port}',
  };
  return {
    command: fillCommand(config.command, values, { path: `servers.${name}.command`, fault: unknownWord }),
    model: toServe.model,
    host: config.host,
    // llama.cpp lists its model before it is loaded; hosted servers often have the list alone.
    healthPaths: ['/health', '/v1/models'],
    leaseFile: folder.lease,
    leaseMs: config.leaseMs,
    startTimeoutMs: config.startTimeoutMs,
    endpointFile: folder.endpoint,
  };
}

/** The job that serves. Other machines have a Python of their own under its usual name, and need no other. Pure but for the programs. */
export function serverJob(
  { config, launcherKind, programs }: ServerSetting,
  folder: ServerFolder,
): Omit<JobSpec, 'name'> {
  const python = launcherKind === 'process' ? programs.python() : 'python3';
  return {
    command: [python, folder.serveModel, folder.config],
    directory: folder.path,
    variables: { PYTHONUNBUFFERED: '1' },
    resources: config.resources,
  };
}

/** The job that converts; its resources are those of the machine that serves, without GPUs. Pure but for the programs. */
export function convertJob(
  { name, config, programs }: ServerSetting,
  { toServe, folder, gguf }: { readonly toServe: ModelToServe; readonly folder: GgufFolder; readonly gguf: string },
): Omit<JobSpec, 'name'> {
  const { gpus: _gpus, ...resources } = config.resources;
  const values = {
    python: programs.python,
    trainingPython: programs.trainingPython,
    script: () => folder.convert,
    model: () => checkpointDirectory(toServe),
    name: () => toServe.model,
    gguf: () => gguf,
  };
  const command = fillCommand(config.convert ?? DEFAULT_CONVERT, values, {
    path: `servers.${name}.convert`,
    fault: unknownWord,
  });
  return { command, directory: folder.path, resources };
}

/** Throws ServingFailed for a model of the Hub: there is nothing here to convert. */
export function checkpointDirectory({ checkpoint, model, server }: ModelToServe): string {
  if ('directory' in checkpoint) return checkpoint.directory;
  throw new ServingFailed(
    `Server ${server} converts checkpoints of a directory, and ${model} is ${checkpoint.hub} of the Hub: download it and give the model of the deployment a "directory", or serve it with a server of kind "command".`,
  );
}

const unknownWord = (path: string, message: string): ServingFailed =>
  new ServingFailed(
    `${path} of the deployment: ${message}. Correct the deployment, and run again under the same name.`,
  );
