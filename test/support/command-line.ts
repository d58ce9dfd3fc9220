import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { packageRoot } from '../../config/package-root.js';
import type { System } from './system.js';

export interface Ended {
  /** NaN: a signal ended it. */
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** The compiled command in a directory of a user, whose deployment.yaml is that of the system. */
export interface CommandLine {
  readonly home: string;
  /** The program of the command line: script of Node. */
  readonly script: string;
  readonly environment: NodeJS.ProcessEnv;
  cotmill(...args: readonly string[]): Promise<Ended>;
  /** Started and not waited for. */
  begin(...args: readonly string[]): ChildProcess;
  /** Writes a YAML file and returns its path. */
  written(name: string, value: object): string;
}

export function commandLine(system: Pick<System, 'directory' | 'deployment'>): CommandLine {
  const home = join(system.directory, 'elsewhere');
  mkdirSync(home);
  const script = join(packageRoot(), 'dist', 'workers', 'cli.js');
  const environment = { ...process.env, COTMILL_HOME: home, COTMILL_DEPLOYMENT: '' };
  const written = (name: string, value: object): string => {
    writeFileSync(join(home, name), stringify(value));
    return join(home, name);
  };
  written('deployment.yaml', system.deployment);
  return {
    ...{ home, script, environment, written },
    cotmill: (...args) =>
      new Promise((resolve) => {
        execFile(process.execPath, [script, ...args], { cwd: home, env: environment }, (error, out, err) =>
          resolve({ code: error ? Number(error.code ?? NaN) : 0, out, err }),
        );
      }),
    begin: (...args) => spawn(process.execPath, [script, ...args], { cwd: home, env: environment, stdio: 'ignore' }),
  };
}
