import { Client, Connection } from '@temporalio/client';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import { NativeConnection } from '@temporalio/worker';
import type { Deployment } from '../config/deployment.js';

/** The Temporal service can't be reached; the message says which and what to do. */
export class TemporalUnreachable extends Error {
  override name = 'TemporalUnreachable';
}

/** Address, TLS, key and namespace: the deployment's words first, then TEMPORAL_* variables and the profile, as the Temporal CLI has them. */
function temporalTarget(temporal: Deployment['temporal']) {
  const { connectionOptions, namespace } = loadClientConnectConfig({
    ...(temporal.profile !== undefined && { profile: temporal.profile }),
  });
  return {
    connectionOptions: { ...connectionOptions, ...(temporal.address !== undefined && { address: temporal.address }) },
    namespace: temporal.namespace ?? namespace ?? 'default',
  };
}

/** A client for commands. Throws TemporalUnreachable. */
export async function connectClient(temporal: Deployment['temporal']): Promise<Client> {
  const { connectionOptions, namespace } = temporalTarget(temporal);
  const connection = await Connection.connect({ ...connectionOptions, connectTimeout: 10_000 }).catch(
    (error: unknown) => {
      throw unreachable(connectionOptions.address, error);
    },
  );
  return new Client({ connection, namespace });
}

/** A connection for workers. Throws TemporalUnreachable. */
export async function connectWorker(
  temporal: Deployment['temporal'],
): Promise<{ connection: NativeConnection; namespace: string }> {
  const { connectionOptions, namespace } = temporalTarget(temporal);
  // Requests and tasks of a few KB: unpacking them cost the server one part in twenty of its CPU time. [measured]
  const uncompressed = { ...connectionOptions, grpcCompression: { codec: 'none' } } as const;
  const connection = await NativeConnection.connect(uncompressed).catch((error: unknown) => {
    throw unreachable(connectionOptions.address, error);
  });
  return { connection, namespace };
}

function unreachable(address: string | undefined, cause: unknown): TemporalUnreachable {
  const detail = cause instanceof Error ? cause.message.split('\n')[0] : String(cause);
  return new TemporalUnreachable(
    `Temporal at ${address ?? 'localhost:7233'} does not answer (${detail}). Start one with "cotmill dev", or set temporal.address or temporal.profile in the deployment, or TEMPORAL_ADDRESS.`,
    { cause },
  );
}
