import { type Command, InvalidArgumentError } from "commander";

/**
 * An option's value, where the names that it may have are loaded only when the command runs. What is wrong with it is said as
 * commander says it of the others.
 */
export async function judgeOption<Value>(
  command: Command,
  flag: string,
  text: string,
  parse: (text: string) => Promise<Value>,
): Promise<Value> {
  try {
    return await parse(text);
  } catch (error) {
    if (!(error instanceof InvalidArgumentError)) throw error;
    const option = command.options.find(({ long }) => long === flag);
    const where = `option '${option?.flags ?? flag}' argument '${text}'`;
    return command.error(`error: ${where} is invalid. ${error.message}`, error);
  }
}
