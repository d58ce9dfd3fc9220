import { Command } from 'commander';
import { createPools } from '../../activities/inference/pools.js';
import { examine } from '../doctor.js';
import { EXIT } from '../exit-codes.js';
import type { Finding } from '../finding.js';
import { chosenDeployment, deploymentOption } from './deployment-option.js';

interface DoctorOptions {
  readonly deployment?: string;
  readonly register?: boolean;
  readonly json?: boolean;
}

/** `cotmill doctor`: reaches Temporal, the store and each pool; says what is wrong and how to mend it. */
export function doctorCommand(): Command {
  return new Command('doctor')
    .description('reach everything that a deployment names; say what is wrong and how to mend it')
    .option('--register', 'register missing search attributes')
    .option('--json', 'print JSON')
    .addOption(deploymentOption())
    .action(async (options: DoctorOptions) => {
      const deployment = await chosenDeployment(options);
      const pools = createPools(deployment, process.env);
      const findings = await examine({
        deployment,
        environment: process.env,
        pools,
        register: options.register ?? false,
      });
      await pools.close();
      console.log(options.json ? JSON.stringify(findings, null, 2) : findings.map(findingText).join('\n'));
      process.exitCode = findings.every(({ ok }) => ok) ? EXIT.ok : EXIT.unreachable;
    });
}

const findingText = ({ check, ok, detail, mend }: Finding): string =>
  `${ok ? 'ok  ' : 'FAIL'} ${check}: ${detail}${mend && !ok ? `\n     mend: ${mend.replace(/\n/g, '\n     ')}` : ''}`;
