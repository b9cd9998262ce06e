export type { OptionSpec, OptionTable, OptionValues } from "./options.ts";
export { addOptions, environmentName, PARSER_CONFIGURATION, readOptions } from "./options.ts";
export {
  choiceOption,
  durationOption,
  flagOption,
  listOption,
  numberOption,
  optionalChoiceOption,
  optionalDurationOption,
  optionalNumberOption,
  parsedOption,
  sizeOption,
  textOption,
} from "./values.ts";
