import { execFile } from 'node:child_process';
import { constants } from 'node:fs';
import { access, readFile } from 'node:fs/promises';
import { delimiter, isAbsolute, join } from 'node:path';
import { promisify } from 'node:util';
import { allowedVariables } from '../activities/jobs/open-launchers.js';
import { probeLauncher } from '../activities/jobs/probe-launcher.js';
import type { Deployment } from '../config/deployment.js';
import type { Environment } from './dependencies.js';
import { finding, messageOf, type Finding } from './finding.js';
import { toolPath, type ToolName } from './stack/tools.js';

const run = promisify(execFile);
const PYTHON_TIMEOUT_MS = 20_000;
/** Asked without importing them: that would take seconds, and a GPU. */
const TRAINER_PACKAGES = ['torch', 'transformers', 'trl', 'datasets'];
const ASK_VERSIONS = `import sys, importlib.metadata as m
for name in sys.argv[1:]: print(name, m.version(name))`;

export interface JobsInput {
  readonly deployment: Pick<Deployment, 'launchers' | 'trainers' | 'servers' | 'models'>;
  readonly environment: Environment;
  /** Path of a program of the set-up; throws where it is not set up. @default toolPath */
  readonly tool?: (name: ToolName) => string;
}

/** Launchers, and what trainers, servers and models name. No job is started. Never throws: what fails is a finding. */
export async function examineJobs(input: JobsInput): Promise<Finding[]> {
  const { launchers, trainers, servers, models } = input.deployment;
  return Promise.all([
    ...Object.keys(launchers).map((name) => examineLauncher(name, input)),
    ...Object.keys(trainers).map((name) => examineTrainer(name, input)),
    ...Object.keys(servers).map((name) => examineServer(name, input)),
    ...Object.keys(models).map((name) => examineModel(name, input)),
  ]);
}

function examineLauncher(name: string, { deployment, environment }: JobsInput): Promise<Finding> {
  const config = deployment.launchers[name];
  return finding(`launcher ${name}`, MEND_LAUNCHER[config?.kind ?? 'process'](name), async () => {
    if (config === undefined) throw new Error('is not in the deployment');
    return await probeLauncher(config, allowedVariables(config.environment, environment));
  });
}

const MEND_LAUNCHER: Readonly<Record<Deployment['launchers'][string]['kind'], (name: string) => string>> = {
  process: (name) => `name a directory that workers may write in launchers.${name}.directory`,
  slurm: (name) =>
    `run the worker of the duty jobs where Slurm’s commands and its configuration (SLURM_CONF) are, such as a login node, and see launchers.${name}`,
  kubernetes: (name) =>
    `see launchers.${name}, the kubeconfig, and the role of this account: create, get and delete jobs of the group batch, list pods`,
};

function examineTrainer(name: string, input: JobsInput): Promise<Finding> {
  const trainer = input.deployment.trainers[name];
  const mend = `see trainers.${name}.command; the Python of the set-up comes with the profile training`;
  return finding(`trainer ${name}`, mend, async () => {
    if (trainer === undefined) throw new Error('is not in the deployment');
    const found = await programsOf(trainer, 'trainingPython', input);
    if (!found.here) return found.detail;
    const python = found.pythons[0];
    return trainer.kind === 'trl' && python !== undefined ? await versionsOf(python) : found.detail;
  });
}

function examineServer(name: string, input: JobsInput): Promise<Finding> {
  const server = input.deployment.servers[name];
  return finding(`server ${name}`, `see servers.${name}.command; install what it names`, async () => {
    if (server === undefined) throw new Error('is not in the deployment');
    return (await programsOf(server, 'python', input)).detail;
  });
}

interface FoundPrograms {
  /** Whether jobs run on this machine, so that programs could be looked for. */
  readonly here: boolean;
  readonly detail: string;
  /** Those of the set-up. */
  readonly pythons: readonly string[];
}

/** The program of a command and the Pythons of the set-up that it names. Throws when one of them is not there. */
async function programsOf(
  { launcher, command }: { readonly launcher: string; readonly command: readonly string[] },
  pythonTool: ToolName,
  { deployment, environment, tool = toolPath }: JobsInput,
): Promise<FoundPrograms> {
  const config = deployment.launchers[launcher];
  if (config?.kind !== 'process')
    return { here: false, pythons: [], detail: `${command[0]}, which has to be where the jobs of ${launcher} run` };
  const tools: Readonly<Record<string, ToolName>> = { '{python}': pythonTool, '{trainingPython}': 'trainingPython' };
  const pythons = command.flatMap((word) => {
    const name = Object.hasOwn(tools, word) ? tools[word] : undefined;
    return name === undefined ? [] : [tool(name)];
  });
  const [program = ''] = command;
  const path = Object.hasOwn(tools, program)
    ? (pythons[0] ?? '')
    : await programPath(program, environment['PATH'] ?? '');
  return { here: true, pythons, detail: path };
}

async function programPath(program: string, path: string): Promise<string> {
  // With a place in braces inside, it is not known before the job.
  if (program.includes('{')) return program;
  const places = isAbsolute(program) ? [program] : path.split(delimiter).map((folder) => join(folder, program));
  for (const place of places) if (await isExecutable(place)) return place;
  throw new Error(isAbsolute(program) ? `${program} is no program` : `${program} is not on the PATH of this process`);
}

const isExecutable = (path: string): Promise<boolean> =>
  access(path, constants.X_OK).then(
    () => true,
    () => false,
  );

/** Throws when a package is missing. */
async function versionsOf(python: string): Promise<string> {
  try {
    const { stdout } = await run(python, ['-c', ASK_VERSIONS, ...TRAINER_PACKAGES], { timeout: PYTHON_TIMEOUT_MS });
    return stdout.trim().split('\n').join(', ');
  } catch (error) {
    const stderr = error instanceof Error && 'stderr' in error ? String(error.stderr).trim() : messageOf(error);
    throw new Error(`${python} lacks a package: ${stderr.split('\n').at(-1)}`, { cause: error });
  }
}

function examineModel(name: string, { deployment }: JobsInput): Promise<Finding> {
  const model = deployment.models[name];
  const mend = `see models.${name}: directory has config.json and weights, chatTemplate is a file; jobs have to see both`;
  return finding(`model ${name}`, mend, async () => {
    if (model === undefined) throw new Error('is not in the deployment');
    if (model.chatTemplate !== undefined) await readFile(model.chatTemplate, 'utf8');
    if (model.directory === undefined) return `${model.hub} at ${model.revision}, which jobs load from the Hub`;
    const config: unknown = JSON.parse(await readFile(join(model.directory, 'config.json'), 'utf8'));
    const type =
      typeof config === 'object' && config !== null && 'model_type' in config ? config.model_type : undefined;
    return `${model.directory}${typeof type === 'string' ? `, a ${type}` : ''}`;
  });
}
