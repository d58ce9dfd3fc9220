import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { cotmillHome, isCheckout } from './home.js';
import { StackError } from './stack-error.js';

const SET_UP_OF = {
  temporal: 'quickstart',
  python: 'quickstart',
  temporalTestServer: 'test',
  weed: 'test',
  trainingPython: 'training',
  node24: 'ci',
  evaluationPython: 'evaluation',
} as const;

/** Programs that the set-up finds or installs, by their names in `tools.json`. */
export type ToolName = keyof typeof SET_UP_OF;

/** Absolute paths of the programs that the set-up has provided; those of a profile not set up are absent. */
export type Tools = { readonly [Name in ToolName]?: string };

/** Reads `tools.json` of the set-up. Empty before the first set-up. */
export function readTools(home: string = cotmillHome()): Tools {
  const path = join(home, 'tools.json');
  if (!existsSync(path)) return {};
  const content: unknown = JSON.parse(readFileSync(path, 'utf8'));
  if (typeof content !== 'object' || content === null)
    throw new StackError(`${path}: expected an object of paths. Delete it and run the set-up again.`);
  const names = Object.keys(SET_UP_OF) as ToolName[];
  const found = names.flatMap((name) => {
    const value = (content as Record<string, unknown>)[name];
    return typeof value === 'string' ? [[name, value] as const] : [];
  });
  return Object.fromEntries(found);
}

/**
 * The path of one program.
 * @throws {StackError} when the set-up has not provided it; the message names the command to run
 */
export function toolPath(name: ToolName, home: string = cotmillHome()): string {
  const path = readTools(home)[name];
  if (path !== undefined && existsSync(path)) return path;
  const fault = path === undefined ? `${join(home, 'tools.json')} has no "${name}"` : `${path} is gone`;
  throw new StackError(`The program "${name}" is not set up: ${fault}. Run: ${setUpCommand(name)}`);
}

function setUpCommand(name: ToolName): string {
  const profile = SET_UP_OF[name];
  if (!isCheckout()) return profile === 'training' ? 'cotmill quickstart --full' : 'cotmill quickstart';
  return profile === 'quickstart' ? 'npm run setup' : `npm run setup -- --for ${profile}`;
}
