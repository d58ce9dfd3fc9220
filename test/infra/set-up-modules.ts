import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { packageRoot } from '../../config/package-root.js';

type Version = readonly [number, number, number];

/** What the tests use of the set-up's modules, which are plain JavaScript because they run before anything is installed. */
export interface SetUpModules {
  versions: {
    parseVersion: (text: string) => Version | undefined;
    atLeast: (version: Version, minimum: Version) => boolean;
    showVersion: (version: Version) => string;
    nodeFault: (version: string) => string | undefined;
  };
  'node-modules': { lockMismatch: (lock: LockFile, installed: LockFile) => string | undefined };
  python: {
    parseRequirements: (text: string) => { name: string; version: string; hashes: string[] }[];
    findPython: (environment: NodeJS.ProcessEnv) => Promise<string>;
  };
  binaries: {
    BINARIES: readonly { name: string; variable: string; requirements: string }[];
    findBinary: (
      binary: object,
      note: (message: string) => void,
      environment: NodeJS.ProcessEnv,
    ) => Promise<string | undefined>;
  };
  'test-report': {
    verdict: (
      runs: readonly { name: string; exitCode: number; report: object | undefined }[],
      options: { isCi: boolean; allowedSkips: readonly { test: string; reason: string }[] },
    ) => { passed: number; failed: number; complaints: string[]; notes: string[] };
  };
  'source-state': {
    hashOfState: (root: string, paths: readonly string[]) => string;
    listFiles: (root: string, folders: readonly string[], suffix: string) => string[];
  };
  lock: { withLock: <Result>(path: string, work: () => Promise<Result>) => Promise<Result> };
  home: {
    homeDirectory: (environment: NodeJS.ProcessEnv) => string;
    toolPaths: (home: string) => Record<string, string>;
  };
}

interface LockedPackage {
  readonly version?: string;
  readonly integrity?: string;
  readonly resolved?: string;
  readonly optional?: boolean;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

export interface LockFile {
  readonly packages: Readonly<Record<string, LockedPackage>>;
}

export const setUpFolder = (): string => join(packageRoot(), 'infra', 'setup');

/** Loads one module of infra/setup. */
export async function setUpModule<Name extends keyof SetUpModules>(name: Name): Promise<SetUpModules[Name]> {
  return (await import(pathToFileURL(join(setUpFolder(), `${name}.mjs`)).href)) as SetUpModules[Name];
}
