import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { parseDeployment } from '../../config/load.js';
import { packageRoot } from '../../config/package-root.js';
import { sampleDeployment } from './sample-recipe.js';

const page = readFileSync(join(packageRoot(), 'docs', 'jobs.md'), 'utf8');
const examples = [...page.matchAll(/## On (.+)\n[^#]*?```yaml\n([\s\S]*?)```/g)].map(([, title = '', text = '']) => ({
  title,
  text,
}));

describe('deployments of docs/jobs.md', () => {
  it('has one for each kind of launcher', () => {
    const kinds = examples.map(({ text }) => /kind: ([a-z]+)/.exec(text)?.[1]);
    expect(kinds).toEqual(['process', 'slurm', 'kubernetes']);
  });

  it.each(examples)('on $title is valid', ({ text }) => {
    const part = parse(text) as object;
    expect(Object.keys(parseDeployment({ ...sampleDeployment(), ...part }, 'jobs.md').launchers)).toHaveLength(1);
  });
});
