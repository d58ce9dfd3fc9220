import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { packageRoot } from '../../config/package-root.js';
import { setUpFolder, setUpModule, type LockFile } from './set-up-modules.js';

const { parseRequirements } = await setUpModule('python');
const { BINARIES } = await setUpModule('binaries');

const read = (path: string): unknown => JSON.parse(readFileSync(join(packageRoot(), path), 'utf8'));
const requirementFiles = readdirSync(setUpFolder()).filter((name) => /^requirements-.*\.txt$/.test(name));
const trainingFiles = ['requirements.txt', 'requirements-checks.txt'].map((name) => `../training/${name}`);
const evaluationFiles = ['../evaluation/requirements.txt'];

describe('requirement files', () => {
  it('are those of the binaries and of the Python side', () => {
    expect(requirementFiles).toEqual(
      expect.arrayContaining(['requirements-runtime.txt', ...BINARIES.map(({ requirements }) => requirements)]),
    );
  });
  it.each([...requirementFiles, ...trainingFiles, ...evaluationFiles])(
    '%s pins every package to one version and to sha256 hashes',
    (file) => {
      const text = readFileSync(join(setUpFolder(), file), 'utf8');
      expect(text).not.toMatch(/https?:|--(extra-)?index-url|--find-links/);
      const pins = parseRequirements(text);
      expect(pins.length).toBeGreaterThan(0);
      for (const { name, version, hashes } of pins) {
        expect({ name, version }).toEqual({
          name: expect.stringMatching(/^[a-z0-9-]+$/) as string,
          version: expect.stringMatching(/^\d+(\.\d+)+(\.post\d+)?$/) as string,
        });
        expect(hashes.length, name).toBeGreaterThan(0);
        for (const hash of hashes) expect(hash, name).toMatch(/^sha256:[0-9a-f]{64}$/);
      }
    },
  );

  it('pin PyTorch to one version, of which each platform has other builds', () => {
    const text = readFileSync(join(setUpFolder(), '../training/requirements-torch.txt'), 'utf8');
    expect(parseRequirements(text)).toEqual([
      { name: 'torch', version: expect.stringMatching(/^\d+\.\d+\.\d+$/) as string, hashes: [] },
    ]);
  });
});

describe.each(['package-lock.json', 'infra/setup/node24/package-lock.json'])('%s', (path) => {
  const { packages } = read(path) as LockFile;
  const installed = Object.entries(packages).filter(([name]) => name !== '');

  it('holds no address, and a hash of every package but some of other platforms', () => {
    expect(installed.length).toBeGreaterThan(0);
    for (const [name, entry] of installed) {
      expect(entry.resolved, name).toBeUndefined();
      // A registry that lacks another platform's build cannot tell its hash; the exact version then is all there is.
      const elsewhere = entry.optional === true && !existsSync(join(packageRoot(), name));
      if (entry.integrity === undefined) expect(elsewhere, name).toBe(true);
      else expect(entry.integrity, name).toMatch(/^sha512-/);
    }
  });

  // npm leaves out what its registry lacks, and "npm ci" then refuses the lock file on every platform.
  it("holds every platform's build", () => {
    const names = new Set(
      installed.map(([name]) => name.slice(name.lastIndexOf('node_modules/') + 'node_modules/'.length)),
    );
    const optional = Object.values(packages).flatMap(({ optionalDependencies }) =>
      Object.keys(optionalDependencies ?? {}),
    );
    expect(optional.filter((name) => !names.has(name))).toEqual([]);
  });
});

describe('the npm packages', () => {
  const manifest = read('package.json') as {
    dependencies: Record<string, string>;
    devDependencies: Record<string, string>;
  };
  const { packages } = read('package-lock.json') as LockFile;
  const copiesOf = (name: string) => Object.keys(packages).filter((path) => path.endsWith(`node_modules/${name}`));

  it.each(Object.entries({ ...manifest.dependencies, ...manifest.devDependencies }))(
    '%s is pinned exactly: %s',
    (name, version) => {
      expect(version).toMatch(/^\d+\.\d+\.\d+(-[\w.]+)?$/);
      expect(packages[`node_modules/${name}`]?.version).toBe(version);
    },
  );

  // Two copies of these are two sets of classes: payloads and errors of one are not recognised by the other, and replay dies.
  it.each(['@temporalio/common', '@temporalio/proto', '@temporalio/client'])('has one copy of %s', (name) => {
    expect(copiesOf(name)).toEqual([`node_modules/${name}`]);
  });

  it('gives Temporal the protobufjs of the manifest', () => {
    expect(copiesOf('protobufjs').filter((path) => path.includes('@temporalio/'))).toEqual([]);
  });

  it('has one version of all of Temporal', () => {
    const versions = Object.entries(packages).filter(([path]) => path.includes('node_modules/@temporalio/'));
    expect([...new Set(versions.map(([, { version }]) => version))]).toEqual([
      manifest.dependencies['@temporalio/client'],
    ]);
  });
});
