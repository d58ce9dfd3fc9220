import { describe, expect, it } from 'vitest';
import { ConfigError } from '../../config/config-error.js';
import { contentVersions } from '../../config/content-versions.js';
import type { Deployment } from '../../config/deployment.js';
import { parseRecipe } from '../../config/load.js';
import type { StudentInput } from '../../config/student.js';
import { followsContent, withVersions } from '../../workflows/content-versions.js';
import { sampleRecipe } from './sample-recipe.js';

const dataset = { name: 'sums', version: 'v1-00000000' };
const models = { base: { hub: 'Qwen/Qwen2.5-7B-Instruct', revision: 'a1' } } as unknown as Deployment['models'];
const first: StudentInput = { name: 'first', base: { model: 'base' }, trainingSet: 'small' };
const second: StudentInput = { name: 'second', base: { student: 'first' }, trainingSet: 'small', method: 'dpo' };

const recipe = (changes: Record<string, unknown> = {}) =>
  parseRecipe(
    {
      ...sampleRecipe(),
      trainingSets: [{ name: 'small', kernel: { name: 'all' }, views: [{ form: 'messages' }, { form: 'dpo' }] }],
      students: [first, second],
      ...changes,
    },
    'recipe',
  );

describe('versions that name their content', () => {
  const before = contentVersions(recipe(), dataset, models);

  it('are those as written, with a hash behind', () => {
    expect(before.trainingSets).toEqual({ small: expect.stringMatching(/^v1-[0-9a-f]{8}$/) as unknown });
    expect(Object.keys(before.students)).toEqual(['first', 'second']);
    expect(before.students['first']).not.toBe(before.students['second']);
    expect(contentVersions(recipe(), dataset, models)).toEqual(before);
  });

  it.each<{ change: string; now: ReturnType<typeof contentVersions>; others: readonly string[] }>([
    {
      change: 'another data set',
      now: contentVersions(recipe(), { ...dataset, version: 'v1-11111111' }, models),
      others: ['small', 'first', 'second'],
    },
    {
      change: 'another base model',
      now: contentVersions(recipe(), dataset, {
        base: { hub: 'Qwen/Qwen2.5-7B-Instruct', revision: 'a2' },
      } as unknown as Deployment['models']),
      others: ['first', 'second'],
    },
    {
      change: 'another setting of the second student',
      now: contentVersions(recipe({ students: [first, { ...second, settings: { epochs: 2 } }] }), dataset, models),
      others: ['second'],
    },
    {
      change: 'another preflight and server',
      now: contentVersions(
        recipe({ students: [{ ...first, server: 'other', preflight: { samples: 7 } }, second] }),
        dataset,
        models,
      ),
      others: [],
    },
  ])('$change changes $others', ({ now, others }) => {
    const flat = ({ trainingSets, students }: typeof now) => ({ ...trainingSets, ...students });
    const changed = Object.entries(flat(now)).filter(([name, version]) => flat(before)[name] !== version);
    expect(changed.map(([name]) => name)).toEqual(others);
  });

  it('replace the written ones in a recipe that asks for it, and nothing else', () => {
    const written = { versions: 'from-content', version: 'v1', students: [first, 'broken'], gates: [] };
    expect(followsContent(written)).toBe(true);
    expect(followsContent({})).toBe(false);
    const { versions: _followed, ...rest } = written;
    expect(withVersions(written, before)).toStrictEqual({
      ...rest,
      students: [{ ...first, version: before.students['first'] }, 'broken'],
    });
  });

  it('need room behind what is written', () => {
    const long = 'v'.repeat(56);
    expect(() => recipe({ version: long })).not.toThrow();
    expect(() => recipe({ version: long, versions: 'from-content' })).toThrow(ConfigError);
    expect(() => recipe({ version: long, versions: 'from-content' })).toThrow(
      /version: expected at most 55 characters/,
    );
  });
});
