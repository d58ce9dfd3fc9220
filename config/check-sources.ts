import { fieldPath, type ConfigFault, type Report } from './config-error.js';
import type { Deployment, InputConfig } from './deployment.js';
import type { Recipe } from './recipe.js';
import type { SourcePreset } from './source-preset.js';
import type { Source } from './source.js';

/** A source is read by a preset or by fields, and something says which files it has. */
export function checkSourceForms({ sources }: Pick<Recipe, 'sources'>, report: Report): void {
  sources.forEach(({ preset, fields, path }, index) => {
    if (preset !== undefined && fields !== undefined)
      report(['sources', index], 'expected either preset or fields, found both');
    if (preset === undefined && path === undefined)
      report(
        ['sources', index, 'path'],
        'expected a file such as "gsm8k/test.jsonl", or a preset that names its files on the Hub; found nothing',
      );
  });
}

/** Chains without a solution need somebody who writes it. A set with some of them is no fault: those are left out, and counted. */
export function checkSourceChains(
  { sources, sourceChains }: Pick<Recipe, 'sources' | 'sourceChains'>,
  report: Report,
): void {
  if (sourceChains) return;
  sources.forEach(({ fields }, index) => {
    if (fields?.chains?.form === 'fields' && fields.chains.solution === undefined)
      report(
        ['sources', index, 'fields', 'chains', 'solution'],
        'expected the field of the solution, or sourceChains.solution: without both these chains would be thoughts alone',
      );
  });
}

/** Datasets and patterns need an input of the Hub, everything else a path. Inputs that do not exist are reported elsewhere. */
export const sourceInputFaults = ({ sources }: Pick<Recipe, 'sources'>, deployment: Deployment): ConfigFault[] =>
  sources.flatMap((source, index) => {
    const input = Object.hasOwn(deployment.inputs, source.input) ? deployment.inputs[source.input] : undefined;
    const found = input === undefined ? undefined : inputFault(source, input);
    return found === undefined ? [] : [{ path: fieldPath(['sources', index, found.field]), message: found.message }];
  });

interface FieldMessage {
  readonly field: 'input' | 'path' | 'dataset';
  readonly message: string;
}

function inputFault(source: Source, input: InputConfig): FieldMessage | undefined {
  const { dataset, path, preset } = source;
  if (input.kind === 'hub')
    return dataset === undefined && preset === undefined
      ? { field: 'dataset', message: `expected the dataset, as "openai/gsm8k": "${source.input}" is the Hub` }
      : undefined;
  const kind = input.kind === 'directory' ? 'a directory' : 'a part of the store';
  if (dataset !== undefined)
    return { field: 'input', message: `expected an input of kind hub for ${dataset}; "${source.input}" is ${kind}` };
  if (path === undefined)
    return {
      field: 'path',
      message: `expected a file: "${source.input}" is ${kind}; to read the preset's own files name an input of kind hub`,
    };
  const pattern = [path].flat().find((one) => one.includes('*'));
  return pattern === undefined
    ? undefined
    : {
        field: 'path',
        message: `expected files by name: "${source.input}" is ${kind}, and "*" is for the Hub; found "${pattern}"`,
      };
}

/** What a source leaves to its preset, the preset has to say. */
export function presetPlaceFault(source: Source, preset: SourcePreset): FieldMessage | undefined {
  if (source.path === undefined && preset.hub === undefined)
    return { field: 'path', message: `expected a file: the preset "${source.preset}" names none` };
  if (source.path === undefined && source.dataset !== undefined && source.dataset !== preset.hub?.dataset)
    return {
      field: 'path',
      message: `expected the files of ${source.dataset}: the preset names those of ${preset.hub?.dataset}`,
    };
  return undefined;
}
