import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Option } from 'commander';
import type { Deployment } from '../../config/deployment.js';
import { loadDeployment } from '../../config/load.js';
import { CommandError, EXIT } from '../exit-codes.js';
import { cotmillHome } from '../stack/home.js';

export const deploymentOption = (): Option =>
  new Option(
    '-d, --deployment <file>',
    'deployment file; default: deployment.yaml here, else that of a running "cotmill dev"',
  ).env('COTMILL_DEPLOYMENT');

/** Where "cotmill dev" leaves the deployment of its stack for commands in other terminals. */
export const devDeploymentFile = (): string => join(cotmillHome(), 'dev', 'deployment.yaml');

/** The deployment of a command. Throws ConfigError, or CommandError when there is none. */
export async function chosenDeployment({ deployment }: { deployment?: string }): Promise<Deployment> {
  const file = deployment ?? ['deployment.yaml', devDeploymentFile()].find((candidate) => existsSync(candidate));
  if (file === undefined) {
    throw new CommandError(
      'No deployment: give --deployment FILE, put a deployment.yaml here, or start "cotmill dev" in another terminal. docs/deployment.md has the fields.',
      EXIT.badInput,
    );
  }
  return loadDeployment(file);
}
