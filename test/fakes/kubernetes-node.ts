import { spawn, type ChildProcess } from 'node:child_process';

interface Variable {
  readonly name: string;
  readonly value?: string;
  readonly valueFrom?: { readonly fieldRef: { readonly fieldPath: string } };
}

/** The parts of a pod's specification that the stand-in knows. */
export interface PodSpec {
  readonly activeDeadlineSeconds?: number;
  readonly terminationGracePeriodSeconds?: number;
  readonly containers: readonly [{ readonly command: readonly string[]; readonly env?: readonly Variable[] }];
}

/** A container that runs. */
export interface RunningContainer {
  /** Tells its first process to end, and kills it with all others after the grace time. */
  stop(): void;
  /** The machine under it is gone. */
  kill(): void;
}

/**
 * A stand-in for a node: runs the command of a pod's only container as a process of this machine. What it does as kubelet and a container do: `$(NAME)`
 * and `$$` in commands and values, no variables but the pod's, the signal to the first process only, and nothing that outlives it.
 */
export function runContainer(
  spec: PodSpec,
  labels: Readonly<Record<string, string>>,
  onExit: (exitCode: number) => void,
): RunningContainer {
  const [{ command, env = [] }] = spec.containers;
  const variables: Record<string, string> = {};
  for (const { name, value = '', valueFrom } of env) {
    const label = /^metadata\.labels\['(.+)'\]$/.exec(valueFrom?.fieldRef.fieldPath ?? '')?.[1];
    variables[name] = label === undefined ? expand(value, variables) : (labels[label] ?? '');
  }
  const [program = '', ...args] = command.map((word) => expand(word, variables));
  const child = spawn(program, args, {
    cwd: '/',
    // The variable stands for those of an image.
    env: { PATH: process.env['PATH'], ...variables },
    stdio: 'ignore',
    detached: true,
  });
  let killer: NodeJS.Timeout | undefined;
  child.once('exit', (code, signal) => {
    clearTimeout(killer);
    killGroup(child);
    onExit(code ?? (signal === 'SIGTERM' ? 143 : 137));
  });
  return {
    stop() {
      child.kill('SIGTERM');
      killer ??= setTimeout(() => killGroup(child), (spec.terminationGracePeriodSeconds ?? 30) * 1000);
    },
    kill: () => killGroup(child),
  };
}

function killGroup({ pid }: ChildProcess): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL');
  } catch {
    // Nothing is left of it.
  }
}

/** As Kubernetes does: `$(NAME)` where the name is known, `$$` for `$`, everything else as it is. */
const expand = (text: string, variables: Readonly<Record<string, string>>): string =>
  text.replace(/\$(\$|\(([A-Za-z_][A-Za-z0-9_]*)\))/g, (whole, after: string, name: string | undefined) =>
    after === '$' ? '$' : name !== undefined && Object.hasOwn(variables, name) ? (variables[name] ?? '') : whole,
  );
