import { ServingFailed } from './serving-error.js';

const PLACE = /\{([A-Za-z]+)\}/g;

/**
 * Fills the words in braces of a command template. Values are functions, so that a program which a template does not name need not be there. Throws
 * ServingFailed for a word that nobody knows. Pure but for the values.
 * @param path of the template in the deployment, for messages
 */
export function fillCommand(
  template: readonly string[],
  values: Readonly<Record<string, () => string>>,
  path: string,
): string[] {
  return template.map((part, index) =>
    part.replace(PLACE, (_all, place: string) => {
      const value = Object.hasOwn(values, place) ? values[place] : undefined;
      if (value) return value();
      const known = Object.keys(values).map((one) => `{${one}}`);
      throw new ServingFailed(
        `${path}[${index}] of the deployment: expected ${known.join(', ')}, found "{${place}}". Correct the deployment, and run again under the same name.`,
      );
    }),
  );
}
