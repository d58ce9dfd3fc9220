import { readFile } from 'node:fs/promises';
import { dirname, extname, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { z } from 'zod';
import { ConfigError, fieldPath, type ConfigFault, type Path } from './config-error.js';
import { Deployment } from './deployment.js';
import { issueFaults } from './faults.js';
import { isPrototypeKey } from './names.js';
import { Recipe } from './recipe.js';
import { parseYamlText, type YamlText } from './yaml-text.js';

/** No recipe or deployment is nested deeper; a value that is, is an attack on the stack. */
const MAX_DEPTH = 32;

type Locate = YamlText['locate'];

/**
 * Reads a recipe: .yaml, .yml, .json, or a module (.js, .mjs, .ts) whose default export is one. A module is code: only the CLI loads one, from the
 * user's own disk. Throws ConfigError with all faults; file errors pass through as its cause.
 */
export async function loadRecipe(file: string): Promise<Recipe> {
  if (isModule(file)) return parseRecipe(await importDefault(file), file);
  const { value, locate } = await readText(file);
  return check(Recipe, value, { where: file, locate });
}

/** Reads a deployment (.yaml, .yml, .json). Its directories become absolute. Throws ConfigError with all faults. */
export async function loadDeployment(file: string): Promise<Deployment> {
  const { value, locate } = await readText(file);
  return absoluteDirectories(check(Deployment, value, { where: file, locate }), dirname(resolve(file)));
}

/**
 * Reads a training set as it was written, from a file of its own or from a recipe that has it: of several the one of this name. It is not
 * checked, since flags may still replace its fields. Throws ConfigError.
 */
export async function readTrainingSet(file: string, name: string | undefined): Promise<Record<string, unknown>> {
  const { value } = await readText(file);
  const fail = (message: string): ConfigError => new ConfigError(file, [{ path: '', message }]);
  if (!isFields(value)) throw fail('expected the fields of a training set, or a recipe with trainingSets');
  if (!('trainingSets' in value)) return value;
  const sets = (Array.isArray(value['trainingSets']) ? value['trainingSets'] : []).filter(isFields);
  const found = name === undefined && sets.length === 1 ? sets[0] : sets.find((set) => set['name'] === name);
  if (found) return found;
  const names = sets.map((set) => String(set['name'])).join(', ') || 'there is none';
  throw fail(
    `expected the name of one of its training sets (${names}), found ${name === undefined ? 'none: give --name' : `"${name}"`}`,
  );
}

const isFields = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Checks a recipe that came as a value, such as a workflow's input. `where` names it in messages. Throws ConfigError with all faults. */
export const parseRecipe = (value: unknown, where: string): Recipe =>
  check(Recipe, value, { where, locate: () => undefined });

/** Checks a deployment that was built in code; relative directories in it are below `baseDirectory`. Throws ConfigError with all faults. */
export function parseDeployment(value: unknown, where: string, baseDirectory = process.cwd()): Deployment {
  return absoluteDirectories(check(Deployment, value, { where, locate: () => undefined }), baseDirectory);
}

/** Parses with a schema and reports every fault with its place. */
export function check<Output>(
  schema: z.ZodType<Output>,
  value: unknown,
  { where, locate }: { where: string; locate: Locate },
): Output {
  const forbidden = forbiddenKeys(value, [], locate);
  if (forbidden.length > 0) throw new ConfigError(where, forbidden);
  const parsed = schema.safeParse(value);
  if (!parsed.success)
    throw new ConfigError(where, issueFaults({ schema, value, issues: parsed.error.issues, locate }));
  return parsed.data;
}

function forbiddenKeys(value: unknown, path: Path, locate: Locate): ConfigFault[] {
  if (typeof value !== 'object' || value === null) return [];
  const fault = (at: Path, message: string): ConfigFault => ({ path: fieldPath(at), message, ...locate(at) });
  if (path.length > MAX_DEPTH) return [fault(path.slice(0, 1), `expected fields at most ${MAX_DEPTH} deep`)];
  if (Array.isArray(value)) return value.flatMap((item, index) => forbiddenKeys(item, [...path, index], locate));
  return Object.entries(value).flatMap(([key, item]) =>
    isPrototypeKey(key)
      ? [fault([...path, key], 'unknown field; a field can not have this name')]
      : forbiddenKeys(item, [...path, key], locate),
  );
}

async function readText(file: string): Promise<YamlText> {
  if (!['.yaml', '.yml', '.json'].includes(extname(file)))
    throw new ConfigError(file, [{ path: '', message: 'expected a file that ends in .yaml, .yml or .json' }]);
  try {
    return parseYamlText(await readFile(file, 'utf8'), file);
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    throw new ConfigError(file, [{ path: '', message: `can not be read: ${(error as Error).message}` }], {
      cause: error,
    });
  }
}

const isModule = (file: string): boolean => ['.js', '.mjs', '.ts', '.mts'].includes(extname(file));

async function importDefault(file: string): Promise<unknown> {
  const fail = (message: string, cause?: unknown): ConfigError =>
    new ConfigError(file, [{ path: '', message }], { cause });
  const stripsTypes = (process.features as { readonly typescript?: string | false }).typescript;
  if (/ts$/.test(file) && !stripsTypes)
    throw fail(
      `can not be read by Node ${process.versions.node}, which does not strip types: use Node 22.18 or newer, or compile it to .mjs`,
    );
  const module = (await import(pathToFileURL(resolve(file)).href).catch((error: unknown) => {
    throw fail(`can not be imported: ${error instanceof Error ? error.message : String(error)}`, error);
  })) as { readonly default?: unknown };
  if (module.default === undefined)
    throw fail('expected a recipe as default export: export default defineRecipe({ ... })');
  return module.default;
}

function absoluteDirectories(deployment: Deployment, base: string): Deployment {
  const absolute = <Place extends { readonly kind: string }>(place: Place): Place =>
    'directory' in place && typeof place.directory === 'string'
      ? { ...place, directory: resolve(base, place.directory) }
      : place;
  const absoluteAll = <Place extends { readonly kind: string }>(places: Readonly<Record<string, Place>>) =>
    Object.fromEntries(Object.entries(places).map(([name, place]) => [name, absolute(place)]));
  return {
    ...deployment,
    store: absolute(deployment.store),
    inputs: absoluteAll(deployment.inputs),
    publishTargets: absoluteAll(deployment.publishTargets),
    launchers: absoluteAll(deployment.launchers),
    models: absoluteModels(deployment.models, base),
    ...(deployment.prompts !== undefined && { prompts: resolve(base, deployment.prompts) }),
  };
}

function absoluteModels(models: Deployment['models'], base: string): Deployment['models'] {
  const entries = Object.entries(models).map(([name, { directory, chatTemplate, ...model }]) => [
    name,
    {
      ...model,
      ...(directory !== undefined && { directory: resolve(base, directory) }),
      ...(chatTemplate !== undefined && { chatTemplate: resolve(base, chatTemplate) }),
    },
  ]);
  return Object.fromEntries(entries) as Deployment['models'];
}
