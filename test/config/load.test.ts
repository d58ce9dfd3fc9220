import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ConfigError } from '../../config/config-error.js';
import { loadDeployment, loadRecipe, parseDeployment, parseRecipe } from '../../config/load.js';
import { sampleDeployment, sampleRecipe, withField } from './sample-recipe.js';

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'cotmill-load-'));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

async function written(name: string, text: string): Promise<string> {
  const file = join(directory, name);
  await writeFile(file, text);
  return file;
}

const faultsOf = async (loading: Promise<unknown> | (() => unknown)): Promise<ConfigError> => {
  try {
    await (typeof loading === 'function' ? loading() : loading);
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
  throw new Error('expected a ConfigError');
};

const yaml = `# a recipe
name: sample
sources:
  - name: words
    path: words.jsonl
    fields: { question: q, answer: a }
teachers:
  - { name: one, pool: big, chains: 2, sampling: { temperature: 0.7 } }
validation:
  judge: { pool: judge }
scoring: { pool: judge }
alignment:
  critic: { pool: judge }
  rewriter: { pool: big }
`;

describe('loadRecipe', () => {
  it.each([
    ['recipe.yaml', () => yaml],
    ['recipe.yml', () => yaml],
    ['recipe.json', () => JSON.stringify(sampleRecipe(), undefined, 2)],
    ['recipe.mjs', () => `export default ${JSON.stringify(sampleRecipe())};`],
  ])('reads %s and fills in every default', async (name, text) => {
    const recipe = await loadRecipe(await written(name, text()));
    expect(recipe).toEqual(parseRecipe(sampleRecipe(), 'sample'));
    expect(recipe).toMatchObject({
      version: 'v1',
      salt: '',
      sources: [{ input: 'data', weight: 1, fields: { extract: 'none' } }],
      teachers: [{ prompt: 'solve', sampling: { temperature: 0.7, seed: true } }],
      validation: {
        keep: 'both',
        minVerified: 2,
        maxChains: 8,
        truncatedRetries: 1,
        judge: { prompt: 'validate', sampling: { temperature: 0, seed: true } },
      },
      scoring: { lengthWeight: 0.5, timing: 'with-rating', verbosityPrompt: 'score-verbosity' },
      alignment: {
        student: '7B',
        maxRounds: 3,
        critic: { prompt: 'rate' },
        rewriter: { extendPrompt: 'extend', sampling: { seed: true } },
      },
      limits: { maxBadRows: 100, maxFailedShare: 0.05, questionsInFlight: 100, questionsPerShard: 350 },
      output: { questionsPerFile: 20_000 },
    });
  });

  it('keeps judges greedy when only another setting is written', () => {
    const recipe = parseRecipe(withField(sampleRecipe(), 'scoring.sampling', { maxTokens: 64 }), 'x');
    expect(recipe.scoring?.sampling).toEqual({ temperature: 0, maxTokens: 64, seed: true });
  });

  it('allows anchors, within reason', async () => {
    const anchored = yaml.replace(
      '{ pool: judge }\nscoring: { pool: judge }',
      '&judge { pool: judge }\nscoring: *judge',
    );
    expect(await loadRecipe(await written('anchors.yaml', anchored))).toEqual(parseRecipe(sampleRecipe(), 'sample'));
  });

  it('reports all faults at once: file, position, field, what was expected, what was found, what was meant', async () => {
    const file = await written(
      'faulty.yaml',
      yaml
        .replace('temperature: 0.7', 'temprature: 0.7, topP: 3')
        .replace('chains: 2', 'chains: many')
        .replace('name: sample', 'name: My Set')
        .replace('path: words.jsonl', 'path: /words.jsonl')
        .replace('validation:\n', 'validation:\n  keep: all\n')
        .replace('scoring: { pool: judge }', 'scorring: { pool: judge }\nlimits: [1]'),
    );
    const error = await faultsOf(loadRecipe(file));
    expect(error.message.split('\n')).toEqual([
      `${file} is not valid (8 faults):`,
      `  ${file}:2:1 name: expected a name: lower-case letters, digits, ".", "_" and "-", at most 64 characters, found "My Set"`,
      `  ${file}:5:5 sources[0].path: expected a relative path such as "gsm8k/test.jsonl" or "data/train-*.parquet": no absolute path, URL, "..", backslash, variable or space, found "/words.jsonl"`,
      `  ${file}:8:29 teachers[0].chains: expected a number, found "many"`,
      `  ${file}:8:55 teachers[0].sampling.temprature: unknown field; did you mean "temperature"?`,
      `  ${file}:8:72 teachers[0].sampling.topP: expected a number of at most 1, found 3`,
      `  ${file}:10:3 validation.keep: expected "both" or "solution", found "all"`,
      `  ${file}:12:1 scorring: unknown field; did you mean "scoring"?`,
      `  ${file}:13:1 limits: expected an object with fields, found a list`,
    ]);
  });

  it.each<[string, unknown, string]>([
    ['teachers', [], 'teachers: expected a list of at least 1 entry, found a list'],
    ['teachers[0].chains', 0, 'expected a number of more than 0, found 0'],
    ['teachers[0].chains', 1.5, 'expected a whole number, found 1.5'],
    ['teachers[0].sampling.temperature', Number.NaN, 'expected a number'],
    ['name', 'x'.repeat(65), 'expected a text of at most 64 characters'],
    ['sources[0].path', 5, 'sources[0].path: expected a text or a list, found 5'],
    ['sources[0].path', ['a.jsonl', '/b'], 'sources[0].path[1]: expected a relative path'],
    [
      'sources[0].fields.chains',
      { form: 'xml' },
      'sources[0].fields.chains.form: expected "think" or "still2" or "tagged" or "fields", found "xml"',
    ],
    ['sources[0].fields.chains', { form: 'think', thought: 'a' }, 'sources[0].fields.chains.thought: unknown field'],
    [
      'teachers[0].sampling.chatTemplateKwargs',
      { 'A B': true },
      'expected a switch of the chat template such as "enable_thinking"',
    ],
    ['validation', null, 'validation: expected an object with fields, found null'],
    ['flavour', 1, 'flavour: unknown field; known here: name, version, versions, description'],
  ])('refuses %s = %j', async (path, value, message) => {
    expect((await faultsOf(() => parseRecipe(withField(sampleRecipe(), path, value), 'x'))).message).toContain(message);
  });

  it.each([
    ['recipe.toml', 'name = 1', 'expected a file that ends in .yaml'],
    ['none.mjs', 'export const recipe = {};', 'expected a recipe as default export'],
    ['throws.mjs', 'throw new Error("boom");', 'can not be imported: boom'],
    ['broken.yaml', 'name: [', 'broken.yaml:1:'],
  ])('says what is wrong with %s', async (name, text, message) => {
    expect((await faultsOf(loadRecipe(await written(name, text)))).message).toContain(message);
  });

  it('says so when there is no such file', async () => {
    const error = await faultsOf(loadRecipe(join(directory, 'missing.yaml')));
    expect(error.message).toContain('can not be read: ENOENT');
    expect(error.cause).toBeInstanceOf(Error);
  });

  const stripsTypes = Boolean((process.features as { typescript?: unknown }).typescript);
  it('reads TypeScript where Node can, and says what to do where it can not', async () => {
    const file = await written(
      'recipe.ts',
      `const recipe: object = ${JSON.stringify(sampleRecipe())};\nexport default recipe;`,
    );
    const outcome = await loadRecipe(file).catch((error: unknown) => error);
    if (stripsTypes) expect(outcome).toEqual(parseRecipe(sampleRecipe(), 'x'));
    else expect((outcome as Error).message).toContain('use Node 22.18 or newer, or compile it to .mjs');
  });
});

describe('loadDeployment', () => {
  it('makes directories absolute, below the file', async () => {
    const file = await written('deployment.yaml', JSON.stringify({ ...sampleDeployment(), prompts: './prompts' }));
    const deployment = await loadDeployment(file);
    expect(deployment.store).toEqual({ kind: 'file', directory: join(directory, 'store') });
    expect(deployment.inputs).toEqual({ data: { kind: 'directory', directory: join(directory, 'data') } });
    expect(deployment.prompts).toBe(join(directory, 'prompts'));
    expect(deployment.pools['big']).toMatchObject({
      timeoutMs: 1_800_000,
      structuredOutput: true,
      endpoints: [{ maxConcurrency: 64 }],
    });
    expect(deployment.worker.workflowTasks).toBe(100);
  });

  it.each<[string, unknown, string]>([
    ['temporal.address', 'http://temporal:7233', 'expected host:port'],
    ['pools.big.endpoints[0].url', 'ftp://big/v1', 'expected a URL that starts with http:// or https://'],
    ['pools.big.endpoints[0].url', 'big:8000', 'expected a URL that starts with http:// or https://'],
    ['pools.big.timeoutMs', 2 ** 31, 'expected a number of at most 86400000'],
    ['pools.Big', {}, 'expected a name'],
    ['pools.big.endpoints', [{ url: 'http://a/v1' }, { url: 'http://a/v1' }], 'expected each URL once'],
    [
      'store',
      { kind: 's3', bucket: 'b', accessKeyIdEnv: 'A' },
      'store: expected accessKeyIdEnv and secretAccessKeyEnv, both or neither',
    ],
    ['store', { kind: 'gcs' }, 'store.kind: expected "file" or "s3", found "gcs"'],
    ['pool', {}, 'pool: unknown field; did you mean "pools"?'],
  ])('refuses %s = %j', async (path, value, message) => {
    expect((await faultsOf(() => parseDeployment(withField(sampleDeployment(), path, value), 'x'))).message).toContain(
      message,
    );
  });
});
