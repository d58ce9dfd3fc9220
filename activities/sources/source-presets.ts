import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { z } from 'zod';
import { packageRoot } from '../../config/package-root.js';
import { SourcePreset } from '../../config/source-preset.js';
import { parseYamlText } from '../../config/yaml-text.js';
import type { SourcePresets } from './row-form.js';

const EXTENSION = '.yaml';

/** All presets of a directory, by file name; the built-in ones when none is given. Throws, naming the file, when one is no preset. */
export async function loadSourcePresets(directory = join(packageRoot(), 'config', 'sources')): Promise<SourcePresets> {
  const files = (await readdir(directory)).filter((file) => file.endsWith(EXTENSION)).sort();
  const entries = files.map(
    async (file) => [basename(file, EXTENSION), await loadPreset(join(directory, file))] as const,
  );
  return Object.fromEntries(await Promise.all(entries));
}

async function loadPreset(file: string): Promise<SourcePreset> {
  const parsed = SourcePreset.safeParse(parseYamlText(await readFile(file, 'utf8'), file).value);
  if (parsed.success) return parsed.data;
  throw new Error(`${file} is not a source preset:\n${z.prettifyError(parsed.error)}`, { cause: parsed.error });
}
