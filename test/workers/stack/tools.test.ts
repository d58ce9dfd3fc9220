import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { packageRoot } from '../../../config/package-root.js';
import { cotmillHome } from '../../../workers/stack/home.js';
import { seaweedfsArguments } from '../../support/seaweedfs.js';
import { temporalArguments } from '../../../workers/stack/temporal-server.js';
import { readTools, toolPath } from '../../../workers/stack/tools.js';
import { freePorts, isFree } from '../../../workers/stack/ports.js';
import { temporaryDirectory } from '../../support/temporary-directory.js';

let directory: ReturnType<typeof temporaryDirectory>;
beforeEach(() => (directory = temporaryDirectory('stack')));
afterEach(() => directory.remove());
const writeTools = (tools: unknown) => writeFileSync(join(directory.path, 'tools.json'), JSON.stringify(tools));

describe('toolPath', () => {
  it('is the path in tools.json', () => {
    writeTools({ temporal: process.execPath, somethingElse: 1 });
    expect(toolPath('temporal', directory.path)).toBe(process.execPath);
    expect(readTools(directory.path)).toEqual({ temporal: process.execPath });
  });
  it.each([
    ['temporal', undefined, 'has no "temporal". Run: npm run setup'],
    ['weed', {}, 'has no "weed". Run: npm run setup -- --for test'],
    ['python', { python: '/no/such/python' }, '/no/such/python is gone. Run: npm run setup'],
    ['temporal', { temporal: 7 }, 'has no "temporal". Run: npm run setup'],
  ] as const)('says which command to run: %s of %j', (name, tools, message) => {
    if (tools) writeTools(tools);
    expect(() => toolPath(name, directory.path)).toThrow(message);
  });
});

describe('cotmillHome', () => {
  it.each([
    [{ COTMILL_HOME: '/elsewhere' }, '/elsewhere'],
    [{}, join(packageRoot(), '.cotmill')],
  ])('%j', (environment, expected) => {
    expect(cotmillHome(environment)).toBe(expected);
  });
});

describe('temporalArguments', () => {
  it.each([
    {
      options: {},
      uiPort: undefined,
      present: ['--headless'],
      absent: ['--db-filename', '--sqlite-pragma', '--ui-port'],
    },
    {
      options: { databaseFile: 'x.db' },
      uiPort: 8233,
      present: ['--db-filename', 'x.db', 'journal_mode=wal', 'synchronous=normal', '8233'],
      absent: ['--headless'],
    },
    {
      options: { metricsPort: 9090, extraArguments: ['--more'] },
      uiPort: 1,
      present: ['--metrics-port', '9090', '--more'],
      absent: ['--headless'],
    },
  ])('$options with UI at $uiPort', ({ options, uiPort, present, absent }) => {
    const args = temporalArguments(options, 7233, uiPort);
    const attributes = ['CotRun=Keyword', 'CotPhase=Keyword', 'CotOutcome=Keyword', 'CotDataset=Keyword'];
    expect(args).toEqual(expect.arrayContaining([...present, ...attributes]));
    for (const argument of absent) expect(args).not.toContain(argument);
  });
});

describe('seaweedfsArguments', () => {
  it('gives each of its ports, and switches telemetry off', () => {
    const args = seaweedfsArguments('/data', [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    expect(args.filter((argument) => /\.port(\.grpc)?=/.test(argument))).toHaveLength(10);
    expect(args).toContain('-master.telemetry=false');
    expect(args.join(' ')).not.toContain('undefined');
  });
});

describe('freePorts', () => {
  it('are different, and free', async () => {
    const ports = await freePorts(20);
    expect(new Set(ports).size).toBe(20);
    expect(await Promise.all(ports.map(isFree))).toEqual(ports.map(() => true));
  });
});
