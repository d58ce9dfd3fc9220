import { Launcher } from '../../../config/launchers.js';

const parsed = Launcher.parse({
  kind: 'kubernetes',
  directory: '/data/cotmill',
  image: 'registry.example/training:1',
  volumes: [{ claim: 'training', mountPath: '/data' }],
});

/** A launcher of the kind with its defaults. */
export const kubernetesOptions = parsed.kind === 'kubernetes' ? parsed : (undefined as never);
