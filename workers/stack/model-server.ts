import { join } from 'node:path';
import { packageRoot } from '../../config/package-root.js';
import { cotmillHome } from './home.js';
import { freePort, requireFree } from './ports.js';
import { startProcess, type RunningProcess } from './process.js';
import { toolPath } from './tools.js';

const PROBE_TIMEOUT_MS = 2000;
const PARALLEL_REQUESTS = 8;

export interface ModelServerOptions {
  /** GGUF file. Default: the demonstration model of this package. */
  readonly modelFile?: string;
  /** The model's name in requests and answers. Default `mini`. */
  readonly alias?: string;
  /** Default: any free port. A restart that must keep its address gives the same. */
  readonly port?: number;
  /** Requests answered at the same time; others wait. Default 8. */
  readonly parallelRequests?: number;
  /** Default `.cotmill/logs/model-server.log`. */
  readonly logFile?: string;
  /** Python with `xllamacpp`. Default: what the set-up provided. */
  readonly python?: string;
}

export interface ModelServer extends RunningProcess {
  /** Base URL of its OpenAI-compatible API, up to and including `/v1`. */
  readonly url: string;
  readonly port: number;
  readonly model: string;
}

/** The demonstration model, as the package ships it. */
export const demonstrationModel = (): string => join(packageRoot(), 'infra', 'mini', 'model', 'mini-q8_0.gguf');

/**
 * Starts llama.cpp's server on one thread; resolves when the model is loaded and its API answers.
 * @throws {StackError} when it does not start
 */
export async function startModelServer(options: ModelServerOptions = {}): Promise<ModelServer> {
  const port = options.port ?? (await freePort());
  await requireFree(port, 'the model server');
  const model = options.alias ?? 'mini';
  const running = await startProcess({
    name: 'the model server',
    command: options.python ?? toolPath('python'),
    args: modelServerArguments({ ...options, alias: model, port }),
    logFile: options.logFile ?? join(cotmillHome(), 'logs', 'model-server.log'),
    readyWhen: () => isHealthy(port),
  });
  return { ...running, port, model, url: `http://127.0.0.1:${port}/v1` };
}

function modelServerArguments(
  options: ModelServerOptions & { readonly alias: string; readonly port: number },
): string[] {
  return [
    join(packageRoot(), 'infra', 'mini', 'serve.py'),
    ...['--model', options.modelFile ?? demonstrationModel(), '--alias', options.alias, '--port', String(options.port)],
    ...['--parallel', String(options.parallelRequests ?? PARALLEL_REQUESTS), '--parent-pid', String(process.pid)],
  ];
}

/** llama.cpp answers 503 here while it loads. */
async function isHealthy(port: number): Promise<boolean> {
  try {
    const response = await fetch(`http://127.0.0.1:${port}/health`, { signal: AbortSignal.timeout(PROBE_TIMEOUT_MS) });
    return response.ok;
  } catch {
    return false;
  }
}
