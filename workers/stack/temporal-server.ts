import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Connection } from '@temporalio/client';
import { SEARCH_ATTRIBUTES } from '../../workflows/search-attributes.js';
import { cotmillHome } from './home.js';
import { freePort, isListening, requireFree } from './ports.js';
import { startProcess, type RunningProcess } from './process.js';
import { toolPath } from './tools.js';

/** The ports that Temporal's own tools expect. Taken when free. */
const USUAL_TEMPORAL_PORT = 7233;
const USUAL_UI_PORT = 8233;

const CALL_TIMEOUT_MS = 2000;

// The default journal is ten times slower. WAL with "normal" loses nothing when the process is killed. [measured; reference: SQLite's documentation of PRAGMA synchronous]
const PRAGMAS = ['journal_mode=wal', 'synchronous=normal'];

export interface TemporalServerOptions {
  /** SQLite file; its folder is made. Left out: everything is in memory and gone with the server. */
  readonly databaseFile?: string;
  /** Default: 7233 when free, else any free port. A given port is used as it is: a restart keeps its address. */
  readonly port?: number;
  /** Default: 8233 when free, else any free port. */
  readonly uiPort?: number;
  /** No web UI. */
  readonly headless?: boolean;
  /** Prometheus metrics at this port; by default the server takes a free one and tells nobody. */
  readonly metricsPort?: number;
  /** Default `.cotmill/logs/temporal.log`. */
  readonly logFile?: string;
  /** More arguments of `temporal server start-dev`. */
  readonly extraArguments?: readonly string[];
  /** Default: what the set-up provided. */
  readonly executable?: string;
}

export interface TemporalServer extends RunningProcess {
  /** `host:port` of the frontend. */
  readonly address: string;
  /** Undefined when headless. */
  readonly uiUrl: string | undefined;
  readonly port: number;
  readonly uiPort: number | undefined;
}

/**
 * Starts Temporal's dev server with cotmill's search attributes; resolves when the namespace `default` answers and has them.
 * Killed servers may be started again over the same database file: nothing acknowledged is lost.
 * @throws {StackError} when it does not start, or one already runs over that file
 */
export async function startTemporalServer(options: TemporalServerOptions = {}): Promise<TemporalServer> {
  const port = options.port ?? (await freePort(USUAL_TEMPORAL_PORT));
  const uiPort = options.headless ? undefined : (options.uiPort ?? (await freePort(USUAL_UI_PORT)));
  for (const taken of [port, uiPort]) if (taken !== undefined) await requireFree(taken, 'the Temporal server');
  const address = `127.0.0.1:${port}`;
  if (options.databaseFile !== undefined) mkdirSync(dirname(options.databaseFile), { recursive: true });
  const running = await startProcess({
    name: 'the Temporal server',
    command: options.executable ?? toolPath('temporal'),
    args: temporalArguments(options, port, uiPort),
    logFile: options.logFile ?? join(cotmillHome(), 'logs', 'temporal.log'),
    readyWhen: async () => (await isListening(port)) && (await answers(address)),
    ...(options.databaseFile === undefined ? {} : { pidFile: `${options.databaseFile}.pid` }),
  });
  return { ...running, address, port, uiPort, uiUrl: uiPort === undefined ? undefined : `http://127.0.0.1:${uiPort}` };
}

/** Arguments of `temporal` for these options. Pure. */
export function temporalArguments(options: TemporalServerOptions, port: number, uiPort: number | undefined): string[] {
  const database = options.databaseFile;
  return [
    ...['server', 'start-dev', '--ip', '127.0.0.1', '--port', String(port), '--log-level', 'warn'],
    ...(uiPort === undefined ? ['--headless'] : ['--ui-port', String(uiPort), '--ui-disable-news-fetch']),
    ...(database === undefined
      ? []
      : ['--db-filename', database, ...PRAGMAS.flatMap((pragma) => ['--sqlite-pragma', pragma])]),
    ...(options.metricsPort === undefined ? [] : ['--metrics-port', String(options.metricsPort)]),
    ...SEARCH_ATTRIBUTES.flatMap(({ name }) => ['--search-attribute', `${name}=Keyword`]),
    ...(options.extraArguments ?? []),
  ];
}

async function answers(address: string): Promise<boolean> {
  let connection: Connection | undefined;
  try {
    connection = await Connection.connect({ address, connectTimeout: CALL_TIMEOUT_MS });
    const { workflowService, operatorService } = connection;
    return await connection.withDeadline(Date.now() + CALL_TIMEOUT_MS, async () => {
      await workflowService.describeNamespace({ namespace: 'default' });
      const { customAttributes } = await operatorService.listSearchAttributes({ namespace: 'default' });
      return SEARCH_ATTRIBUTES.every(({ name }) => name in customAttributes);
    });
  } catch {
    return false; // not up yet; startProcess ends the waiting
  } finally {
    await connection?.close();
  }
}
