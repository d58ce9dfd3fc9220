import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { packageRoot } from '../../../config/package-root.js';
import { estimateCommand, validateCommand } from '../../../workers/commands/validate.js';

const recipes = join(packageRoot(), 'config', 'recipes');
const cluster = join(packageRoot(), 'config', 'deployments', 'example-cluster.yaml');

describe('cotmill validate', () => {
  let directory: string;
  const printed: string[] = [];
  const complained: string[] = [];

  beforeEach(async () => {
    process.exitCode = undefined;
    directory = await mkdtemp(join(tmpdir(), 'cotmill-validate-'));
    vi.spyOn(console, 'log').mockImplementation((text: string) => void printed.push(text));
    vi.spyOn(console, 'error').mockImplementation((text: string) => void complained.push(text));
    vi.stubEnv('COTMILL_DEPLOYMENT', undefined);
    vi.stubEnv('COTMILL_HOME', directory);
  });

  afterEach(async () => {
    vi.restoreAllMocks();
    vi.unstubAllEnvs();
    printed.length = 0;
    complained.length = 0;
    process.exitCode = undefined;
    await rm(directory, { recursive: true, force: true });
  });

  const run = async (...words: string[]): Promise<{ out: string; err: string; code: typeof process.exitCode }> => {
    await validateCommand().parseAsync(words, { from: 'user' });
    return { out: printed.join('\n'), err: complained.join('\n'), code: process.exitCode };
  };

  const written = async (name: string, text: string): Promise<string> => {
    await writeFile(join(directory, name), text);
    return join(directory, name);
  };

  it('says what a valid recipe would ask', async () => {
    const { out, err, code } = await run(join(recipes, 'quickstart.yaml'), '--no-deployment');
    expect(out.split('\n')).toEqual([
      'quickstart v1 is valid',
      'source   word-problems: questions.jsonl of the input "quickstart"; reference answers: field "answer"',
      'limit    64 questions',
      'pool     mini: teacher "mini-plain", teacher "mini-steps", judge, scoring, critic, rewriter',
      'asks     11 to 126 for an accepted question: generate 3 to 12, validate 2 to 24, rate 2 to 24, rewrite 0 to 18, score 4 to 48',
      '         (chains that come with rows, and second asks after unreadable answers, come on top)',
      'Names of pools, inputs and prompts are not checked: give --deployment FILE.',
    ]);
    expect([err, code]).toEqual(['', undefined]);
  });

  it('says what a recipe throws out', async () => {
    const { out } = await run(join(recipes, 'gsm8k-example.yaml'), '--deployment', cluster);
    expect(out.split('\n').filter((line) => line.startsWith('without'))).toEqual([
      'without  near duplicates: from a similarity of 0.8 (runs of 3 words, the same numbers)',
      'without  questions of gsm8k-test: 10-gram overlap from 0.5, Indel similarity from 0.8',
      'without  chains: marks of templates, fewer than 8 words, no end, repetition above 0.3 (runs of 20 words), foreign scripts above 0.02, gibberish above 0.05',
    ]);
  });

  it('checks the names against a deployment, and prints models and fingerprint', async () => {
    const { out } = await run(join(recipes, 'gsm8k-example.yaml'), '--deployment', cluster);
    expect(out).toContain('pool     deepseek-v3 (deepseek-chat): teacher "deepseek-v3-0324"');
    expect(out).toMatch(/fingerprint [0-9a-f]{64}$/);
  });

  it('says what a preset reads from the Hub', async () => {
    const { out } = await run(join(recipes, 'omnithought-example.yaml'), '--deployment', cluster);
    expect(out).toContain(
      'source   deepmath: data/train-*.parquet of zwhe99/DeepMath-103K of the input "hub"; reference answers: as the preset "deepmath-103k" says',
    );
  });

  it('estimates a run, under two names', async () => {
    const recipe = join(recipes, 'self-improve', 'still2-sft-32b.yaml');
    const { out } = await run(recipe, '--deployment', cluster, '--plan');
    expect(out).toMatch(/GPU hours/);
    printed.length = 0;
    await estimateCommand().parseAsync([recipe, '--deployment', cluster], { from: 'user' });
    expect(printed.join('\n')).toBe(out);
  });

  it('takes the deployment from the environment', async () => {
    vi.stubEnv('COTMILL_DEPLOYMENT', cluster);
    expect((await run(join(recipes, 'gsm8k-example.yaml'))).out).toContain('fingerprint');
  });

  it('falls back to the deployment that dev and the quickstart leave behind', async () => {
    await mkdir(join(directory, 'dev'));
    const file = await written('dev/deployment.yaml', await readFile(cluster, 'utf8'));
    const { out } = await run(join(recipes, 'gsm8k-example.yaml'));
    expect(out).toContain(`checked against ${file}`);
  });

  it('prints JSON for scripts', async () => {
    const { out } = await run(join(recipes, 'gsm8k-example.yaml'), '--json', '-d', cluster);
    expect(JSON.parse(out)).toMatchObject({
      valid: true,
      name: 'gsm8k-7b',
      sources: [{ name: 'gsm8k', input: 'data', paths: ['gsm8k/train.jsonl'] }],
      maxQuestions: null,
      pools: [
        { pool: 'deepseek-r1', roles: ['teacher "deepseek-r1"'] },
        { pool: 'qwq-32b' },
        { pool: 'deepseek-v3', model: 'deepseek-chat' },
      ],
      asksPerQuestion: { generate: { least: 5, most: 16 } },
      fingerprint: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
    });
  });

  it('reports the faults of recipe and deployment at once, and exits with 2', async () => {
    const recipe = await written('recipe.yaml', 'name: a\nsources: []\nteacher: []\n');
    const deployment = await written('deployment.yaml', 'stores: {}\n');
    const { out, err, code } = await run(recipe, '-d', deployment);
    expect(out).toBe('');
    expect(err).toContain(`${recipe}:3:1 teacher: unknown field; did you mean "teachers"?`);
    expect(err).toContain(`${recipe}:2:1 sources: expected a list of at least 1 entry`);
    expect(err).toContain(`${deployment}:1:1 stores: unknown field; did you mean "store"?`);
    expect(code).toBe(2);
  });

  it('reports unknown pools, inputs and prompts at once', async () => {
    const text =
      'name: a\nsources: [{ name: s, path: p.jsonl, fields: { answer: a }, input: x }]\nteachers: [{ name: t, pool: y, chains: 1, prompt: z }]\nvalidation: { keep: solution }\n';
    const { err, code } = await run(await written('recipe.yaml', text), '-d', cluster);
    for (const part of [
      'sources[0].input: expected the name of an input',
      'teachers[0].pool: expected the name of a pool',
      'prompt "z": no such prompt; known: evaluate-choice',
    ])
      expect(err).toContain(part);
    expect(code).toBe(2);
  });

  it('prints faults as JSON', async () => {
    const recipe = await written('recipe.yaml', 'name: a\nsources: []\nteachers: []\n');
    const { out, err, code } = await run(recipe, '--json');
    const report = JSON.parse(out) as { errors: { where: string; faults: { path: string; line: number }[] }[] };
    expect(report).toMatchObject({ valid: false, errors: [{ where: recipe }] });
    expect(report.errors[0]?.faults.map(({ path, line }) => [path, line])).toContainEqual(['sources', 2]);
    expect([err, code]).toEqual(['', 2]);
  });
});
