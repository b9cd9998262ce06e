/**
 * What a command line needs to be read or explained: all that `--help` loads. No file behind this entry imports a
 * package, save yargs as a type.
 */
export type { Result } from "../errors.ts";
export { fail, succeed } from "../errors.ts";
export { LABEL_NAME, LABEL_NAME_RULE } from "../hosts/parse/label-text.ts";
export { ID_PATTERN } from "../contract/names.ts";
export type { Outcome } from "../work/outcome.ts";
export { isFailure, OUTCOMES } from "../work/outcome.ts";
export { TRANSPORTS } from "../work/transport.ts";
export type { OptionSpec, OptionTable, OptionValues } from "./options.ts";
export { addOptions, environmentName, PARSER_CONFIGURATION, readOptions } from "./options.ts";
export * from "./completion/index.ts";
export { functionPrefixOption, withServersPrefixed } from "./function-prefix.ts";
export { nearOptions, unknownWords } from "./near-options.ts";
export { joinedDashes, plainFlags } from "./plain-flags.ts";
export { serversOption } from "./servers-option.ts";
export { serviceOptions } from "./service-options.ts";
export {
  choiceOption,
  durationOption,
  flagOption,
  joined,
  listOption,
  numberOption,
  optionalChoiceOption,
  optionalDurationOption,
  optionalNumberOption,
  parsedOption,
  sizeOption,
  textOption,
  textsOption,
} from "./values.ts";
