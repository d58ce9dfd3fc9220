import { ConfigError } from '../../config/config-error.js';

const PLACE = /\{([A-Za-z]+)\}/g;

export interface FillOptions {
  /** Of the template in the deployment, for messages. */
  readonly path: string;
  /** Error for a word that nobody knows. @default ConfigError of the deployment */
  readonly fault?: (path: string, message: string) => Error;
}

/**
 * Fills the words in braces of a command template. Values are functions, so that a program which a template does not name need not be there. Throws
 * `fault` for a word that nobody knows. Pure but for the values.
 */
export function fillCommand(
  template: readonly string[],
  values: Readonly<Record<string, () => string>>,
  { path, fault = deploymentFault }: FillOptions,
): string[] {
  return template.map((part, index) =>
    part.replace(PLACE, (_all, place: string) => {
      const value = Object.hasOwn(values, place) ? values[place] : undefined;
      if (value) return value();
      const known = Object.keys(values).map((one) => `{${one}}`);
      throw fault(`${path}[${index}]`, `expected ${known.join(', ')}, found "{${place}}"`);
    }),
  );
}

const deploymentFault = (path: string, message: string): ConfigError =>
  new ConfigError('the deployment', [{ path, message }]);
