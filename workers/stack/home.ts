import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { packageRoot } from '../../config/package-root.js';

/** Folder of everything generated: COTMILL_HOME, else `.cotmill` of the checkout, else of the current directory. Absolute. [ours; infra/setup/home.mjs says the same] */
export function cotmillHome(environment: NodeJS.ProcessEnv = process.env): string {
  const named = environment['COTMILL_HOME'];
  if (named) return resolve(named);
  return join(isCheckout() ? packageRoot() : process.cwd(), '.cotmill');
}

/** npm never packs package-lock.json, so an installed package has none. */
export const isCheckout = (): boolean => existsSync(join(packageRoot(), 'package-lock.json'));
