import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Option } from 'commander';
import { stringify } from 'yaml';
import type { ObjectStore } from '../../activities/store/object-store.js';
import { openStore } from '../../activities/store/open-store.js';
import type { Deployment, DeploymentInput } from '../../config/deployment.js';
import { loadDeployment } from '../../config/load.js';
import { CommandError, EXIT } from '../exit-codes.js';
import { cotmillHome } from '../stack/home.js';

export const deploymentOption = (): Option =>
  new Option(
    '-d, --deployment <file>',
    'deployment file; default: deployment.yaml here, else that of the last "cotmill dev" or quickstart',
  ).env('COTMILL_DEPLOYMENT');

/** Where "cotmill dev" and the quickstart leave the deployment of their stack for other commands. */
export const devDeploymentFile = (): string => join(cotmillHome(), 'dev', 'deployment.yaml');

/** Writes the deployment of an embedded stack where other commands find it; it stays, so that what was built can be looked at. */
export async function leaveDeployment(deployment: DeploymentInput): Promise<void> {
  await mkdir(dirname(devDeploymentFile()), { recursive: true });
  await writeFile(devDeploymentFile(), stringify(deployment));
}

/** File of the deployment that a command takes: the one it was given, else the first that is there. An empty variable gives none. */
export const deploymentFile = ({ deployment }: { readonly deployment?: string }): string | undefined =>
  deployment || ['deployment.yaml', devDeploymentFile()].find((candidate) => existsSync(candidate));

/** The deployment of a command. Throws ConfigError, or CommandError when there is none. */
export async function chosenDeployment(options: { readonly deployment?: string }): Promise<Deployment> {
  const file = deploymentFile(options);
  if (file === undefined) {
    throw new CommandError(
      'No deployment: give --deployment FILE, put a deployment.yaml here, or start "cotmill dev" in another terminal. docs/deployment.md has the fields.',
      EXIT.badInput,
    );
  }
  return loadDeployment(file);
}

/** The store of a command's deployment; directories in it are absolute, or below the current one. Throws StoreError. */
export const storeOf = ({ store }: Pick<Deployment, 'store'>): Promise<ObjectStore> =>
  openStore(store, { environment: process.env, baseDirectory: process.cwd() });
