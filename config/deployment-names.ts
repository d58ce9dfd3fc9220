import { fieldPath, type ConfigFault, type Path } from './config-error.js';
import type { Deployment } from './deployment.js';

const KINDS = {
  models: 'a model',
  trainers: 'a trainer',
  servers: 'a server',
  launchers: 'a launcher',
  pools: 'a pool',
  inputs: 'an input',
} as const;

/** A place where a recipe names something of its deployment. */
export interface Naming {
  readonly path: Path;
  readonly kind: keyof typeof KINDS;
  readonly name: string;
}

/** Names that the deployment does not have. */
export const unknownNames = (namings: readonly Naming[], deployment: Deployment): ConfigFault[] =>
  namings.flatMap(({ path, kind, name }) => {
    const known = Object.keys(deployment[kind]).sort();
    if (known.includes(name)) return [];
    const list = known.length === 0 ? 'it has none' : `it has ${known.map((one) => `"${one}"`).join(', ')}`;
    const message = `expected the name of ${KINDS[kind]} of the deployment (${list}), found "${name}"`;
    return [{ path: fieldPath(path), message }];
  });
