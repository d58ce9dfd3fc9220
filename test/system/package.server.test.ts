import { execFile } from 'node:child_process';
import { mkdirSync, readdirSync, realpathSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { packageRoot } from '../../config/package-root.js';
import { toolPath } from '../../workers/stack/tools.js';
import { temporaryDirectory } from '../support/temporary-directory.js';

const INSTALL_TIMEOUT_MS = 180_000;
const MAX_PACKAGE_BYTES = 6_000_000;

interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Our own npm command's settings would lead this npm back into the checkout. */
const environment = Object.fromEntries(
  Object.entries(process.env).filter(
    ([name]) => !name.startsWith('npm_') || /^npm_config_(cache|registry|userconfig)$/.test(name),
  ),
);

const run = (command: string, args: readonly string[], options: { readonly cwd: string; readonly env?: object }) =>
  new Promise<Ended>((resolve) => {
    const env = { ...environment, ...options.env };
    execFile(command, args, { cwd: options.cwd, env, maxBuffer: 1 << 26 }, (error, out, err) =>
      resolve({ code: error ? Number(error.code ?? -1) : 0, out, err }),
    );
  });

interface Packed {
  readonly filename: string;
  readonly size: number;
  readonly files: readonly { readonly path: string }[];
}

describe('the npm package, installed outside of the repository', () => {
  const folder = temporaryDirectory('package');
  // npm resolves links, and a temporary directory may be one.
  const project = join(realpathSync(folder.path), 'project');
  const home = join(project, '.cotmill');
  let packed: Packed;
  const cotmill = (...args: readonly string[]): Promise<Ended> =>
    run('npx', ['--no-install', 'cotmill', ...args], {
      cwd: project,
      env: { COTMILL_HOME: home, COTMILL_TEMPORAL: toolPath('temporal'), COTMILL_PYTHON: toolPath('python') },
    });

  beforeAll(async () => {
    mkdirSync(project);
    writeFileSync(join(project, 'package.json'), JSON.stringify({ name: 'somewhere-else', private: true }));
    const pack = await run('npm', ['pack', '--json', '--pack-destination', folder.path], { cwd: packageRoot() });
    expect(pack.code, pack.err).toBe(0);
    [packed] = JSON.parse(pack.out.slice(pack.out.search(/^\[/m))) as [Packed];
    const file = join(folder.path, packed.filename);
    const args = ['install', '--prefer-offline', '--no-audit', '--no-fund', '--omit=dev', file];
    const install = await run('npm', args, { cwd: project });
    expect(install.code, install.err).toBe(0);
  }, INSTALL_TIMEOUT_MS);
  afterAll(() => folder.remove());

  it('holds what a run needs and nothing of the tests', () => {
    const paths = packed.files.map(({ path }) => path);
    const needed = [
      'dist/workers/cli.js',
      'dist/workflow-bundle.cjs',
      'config/recipes/quickstart.yaml',
      'config/prompts/solve.md',
    ];
    expect(paths).toEqual(
      expect.arrayContaining([
        ...needed,
        'infra/mini/model/mini-q8_0.gguf',
        'infra/mini/model/weak-student/model.safetensors',
        'LICENSE',
      ]),
    );
    expect(paths.filter((path) => /(^|\/)test\/|\.test\.|\.map$|model\/teacher\//.test(path))).toEqual([]);
    expect(packed.size).toBeLessThan(MAX_PACKAGE_BYTES);
  });

  it('has the command', async () => {
    const version = await cotmill('--version');
    expect(version).toMatchObject({ code: 0, out: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) as string });
    expect((await cotmill()).out).toContain('Usage: cotmill');
  });

  it('has defineRecipe, the schemas, and checks a recipe written in JavaScript', async () => {
    const recipe = `import { defineRecipe } from 'cotmill';
import schema from 'cotmill/schemas/recipe.json' with { type: 'json' };
if (schema.type !== 'object') throw new Error('no schema');
export default defineRecipe({
  name: 'mine',
  sources: [{ name: 'mine', path: 'questions.jsonl', preset: 'gsm8k' }],
  teachers: [{ name: 'teacher', pool: 'mini', chains: 2, sampling: { temperature: 0.8, maxTokens: 512 } }],
  validation: { keep: 'solution' },
});`;
    writeFileSync(join(project, 'recipe.mjs'), recipe);
    const { code, out, err } = await cotmill('validate', 'recipe.mjs', '--no-deployment');
    expect(code, err).toBe(0);
    expect(out).toContain('mine v1 is valid');
    writeFileSync(join(project, 'broken.yaml'), 'name: mine\nteachers: []\n');
    expect(await cotmill('validate', 'broken.yaml')).toMatchObject({ code: 2 });
  });

  it('builds a data set, and writes below .cotmill only', async () => {
    const before = readdirSync(project).filter((name) => name !== '.cotmill');
    const { code, out, err } = await cotmill('quickstart', '--limit', '4', '--json');
    expect(code, err).toBe(0);
    const end = JSON.parse(out) as { readonly run: string; readonly summary: object };
    expect(end.summary).toMatchObject({ questions: { total: 4, failed: 0 }, dataset: { published: 'new' } });
    expect((await cotmill('inspect', end.run)).out.trim().split('\n')).toHaveLength(4);
    expect(readdirSync(project).filter((name) => name !== '.cotmill')).toEqual(before);
  });
});
