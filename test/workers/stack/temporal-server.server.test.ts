import { join } from 'node:path';
import { Connection, WorkflowClient } from '@temporalio/client';
import { afterEach, describe, expect, it } from 'vitest';
import { freePorts } from '../../../workers/stack/ports.js';
import { startTemporalServer, type TemporalServer } from '../../../workers/stack/temporal-server.js';
import { SEARCH_ATTRIBUTES } from '../../../workflows/search-attributes.js';
import { temporalServer } from '../../support/servers.js';
import { temporaryDirectory } from '../../support/temporary-directory.js';

const cleanUps: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

async function connect(server: TemporalServer): Promise<Connection> {
  const connection = await Connection.connect({ address: server.address });
  cleanUps.push(() => connection.close());
  return connection;
}

function folder(): string {
  const directory = temporaryDirectory('temporal-test');
  cleanUps.push(() => directory.remove());
  return directory.path;
}

describe('startTemporalServer', () => {
  it('answers, in memory, with the search attributes of a run', async () => {
    const server = await temporalServer();
    cleanUps.push(() => server.stop());
    const { workflowService, operatorService } = await connect(server);

    const { namespaceInfo } = await workflowService.describeNamespace({ namespace: 'default' });
    expect(namespaceInfo?.name).toBe('default');
    const { customAttributes } = await operatorService.listSearchAttributes({ namespace: 'default' });
    expect(Object.keys(customAttributes)).toEqual(expect.arrayContaining(SEARCH_ATTRIBUTES.map(({ name }) => name)));
  });

  it('keeps a workflow over SIGKILL and a new start on the same file and port', async () => {
    const directory = folder();
    const [port, uiPort, metricsPort] = (await freePorts(3)) as [number, number, number];
    const options = {
      databaseFile: join(directory, 'temporal.db'),
      port,
      uiPort,
      metricsPort,
      logFile: join(directory, 'log'),
    };
    const first = await startTemporalServer(options);
    cleanUps.push(() => first.stop());
    const handle = await new WorkflowClient({ connection: await connect(first) }).start('anything', {
      taskQueue: 'nobody',
      workflowId: 'kept',
    });
    await first.kill();
    expect(await first.exited).toEqual({ code: null, signal: 'SIGKILL' });

    const second = await startTemporalServer(options);
    cleanUps.push(() => second.stop());
    expect(second.address).toBe(first.address);
    const description = await new WorkflowClient({ connection: await connect(second) }).getHandle('kept').describe();
    expect(description.runId).toBe(handle.firstExecutionRunId);
    expect((await fetch(second.uiUrl as string)).status).toBe(200);
    expect(await (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text()).toContain('service_requests');
  });

  it('refuses a second server over one database file', async () => {
    const directory = folder();
    const options = { databaseFile: join(directory, 'temporal.db'), headless: true, logFile: join(directory, 'log') };
    const first = await startTemporalServer(options);
    cleanUps.push(() => first.stop());
    await expect(startTemporalServer(options)).rejects.toThrow(`already runs as process ${first.pid}`);
  });

  it('refuses a port that is taken', async () => {
    const server = await temporalServer();
    cleanUps.push(() => server.stop());
    await expect(temporalServer({ port: server.port })).rejects.toThrow(`Port ${server.port} of 127.0.0.1`);
  });

  it('tells the end of the log when the server ends early', async () => {
    await expect(temporalServer({ extraArguments: ['--no-such-flag'] })).rejects.toThrow(
      /ended before it was ready[\s\S]*no-such-flag/,
    );
  });
});
