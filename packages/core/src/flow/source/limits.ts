/** What a file may be at most, so that a hostile or broken one gets its answer quickly. */
export const LIMITS = {
  /** Bytes (of a text given as a string: UTF-16 code units). 50 MB of JSON take about 3 s and 1 GB. */
  jsonBytes: 64 * 1024 * 1024,
  /** The YAML parser is some ten times slower and hungrier. */
  yamlBytes: 2 * 1024 * 1024,
  /** Objects and lists within each other; a flow needs 7. */
  depth: 64,
  /** Problems that are told one by one. */
  problems: 100,
  /** Problems of one kind that are looked for. */
  findings: 1000,
} as const;
