/** Where things lie: the package, and the folder that holds everything generated. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of cotmill's own package.json: the checkout, or the package below someone's node_modules. */
export const PACKAGE_ROOT = resolve(dirname(fileURLToPath(import.meta.url)), '..', '..');

/** Whether this is a checkout. npm never packs package-lock.json, so an installed package has none. */
export const isCheckout = (packageRoot = PACKAGE_ROOT) => existsSync(join(packageRoot, 'package-lock.json'));

/** COTMILL_HOME, else `.cotmill` of the checkout, else `.cotmill` of the current directory. Absolute. */
export function homeDirectory(environment = process.env) {
  if (environment.COTMILL_HOME) return resolve(environment.COTMILL_HOME);
  return join(isCheckout() ? PACKAGE_ROOT : process.cwd(), '.cotmill');
}

const toolsFile = (home) => join(home, 'tools.json');

/**
 * The tools that the set-up found or installed, as absolute paths:
 * `{ temporal?, temporalTestServer?, weed?, python?, trainingPython?, node24?, evaluationPython? }`. Empty before the first set-up.
 */
export function toolPaths(home = homeDirectory()) {
  try {
    return JSON.parse(readFileSync(toolsFile(home), 'utf8'));
  } catch {
    return {};
  }
}

export { toolsFile };
