import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { z } from 'zod';
import { fieldPath, type ConfigFault } from './config-error.js';
import { check } from './load.js';
import { packageRoot } from './package-root.js';
import { Student, TrainingSettings } from './student.js';
import { parseYamlText } from './yaml-text.js';

const EXTENSION = '.yaml';

const Tagged = z.strictObject({
  value: z.unknown().describe('Value of the setting.'),
  tag: z
    .enum(['source', 'second-hand', 'ours'])
    .describe('source: stated by the authors. second-hand: by a note that read them. ours: nobody published it.'),
});

/** Hyper-parameters that ship with cotmill, each with where it comes from. One YAML file each in config/training-presets. */
const TrainingPresetFile = z.strictObject({
  description: z.string().min(1).describe('What it is, in a line.'),
  home: z.url().describe('Where the published part comes from.'),
  method: Student.shape.method.unwrap().describe('Method that it is for.'),
  settings: z.record(z.string(), Tagged).describe('Settings, as in a recipe, each with its value and its tag.'),
  notes: z.string().default('').describe('What to know before using it, such as the GPUs that it takes.'),
});

/** A preset, read and checked. */
export interface TrainingPreset {
  readonly name: string;
  readonly description: string;
  readonly home: string;
  readonly method: Student['method'];
  readonly settings: TrainingSettings;
  /** Where each of the settings comes from. */
  readonly tags: Readonly<Record<string, z.infer<typeof Tagged>['tag']>>;
  readonly notes: string;
}

export type TrainingPresets = Readonly<Record<string, TrainingPreset>>;

/** All presets of a directory, by file name; the built-in ones when none is given. Throws ConfigError, naming file and field. */
export async function loadTrainingPresets(
  directory = join(packageRoot(), 'config', 'training-presets'),
): Promise<TrainingPresets> {
  const files = (await readdir(directory)).filter((file) => file.endsWith(EXTENSION)).sort();
  const presets = files.map(async (file) => {
    const name = basename(file, EXTENSION);
    const path = join(directory, file);
    return [name, parseTrainingPreset(name, { text: await readFile(path, 'utf8'), where: path })] as const;
  });
  return Object.fromEntries(await Promise.all(presets));
}

/** Checks the text of a preset. Throws ConfigError. */
export function parseTrainingPreset(
  name: string,
  { text, where }: { readonly text: string; readonly where: string },
): TrainingPreset {
  const { value, locate } = parseYamlText(text, where);
  const { settings, ...about } = check(TrainingPresetFile, value, { where, locate });
  const values = Object.fromEntries(Object.entries(settings).map(([field, tagged]) => [field, tagged.value]));
  const checked = check(TrainingSettings, values, { where, locate: (path) => locate(['settings', ...path]) });
  const tags = Object.fromEntries(Object.entries(settings).map(([field, { tag }]) => [field, tag]));
  return { name, ...about, settings: checked, tags };
}

/** Presets that students name and that are not there, or are for another method. */
export function trainingPresetFaults(
  students: readonly Pick<Student, 'preset' | 'method'>[],
  presets: TrainingPresets,
): ConfigFault[] {
  return students.flatMap(({ preset: name, method }, index) => {
    const message = name === undefined ? undefined : trainingPresetFault(name, { method, presets });
    return message === undefined ? [] : [{ path: fieldPath(['students', index, 'preset']), message }];
  });
}

/** What is wrong with a preset for a method; undefined: nothing. */
export function trainingPresetFault(
  name: string,
  { method, presets }: { readonly method: Student['method']; readonly presets: TrainingPresets },
): string | undefined {
  const preset = presets[name];
  if (preset?.method === method) return undefined;
  const fitting = Object.values(presets).filter((one) => one.method === method);
  const known = fitting.map((one) => one.name).join(', ') || 'there is none';
  return `expected a preset for ${method} (${known}), found "${name}"${preset ? `, which is for ${preset.method}` : ''}`;
}
