/** How much each type is wanted, as an `accept` header has them. */
export type Weights = ReadonlyMap<string, number>;

export function weightsIn(accept: string): Weights {
  return new Map(accept.split(",").map((one) => weighed(one)));
}

/** 0: this type is not wanted. The most particular range that it falls in counts. */
export function weightOf(type: string, weights: Weights): number {
  const ranges = [type, `${type.split("/", 1)[0] ?? ""}/*`, "*/*"];
  return ranges.map((range) => weights.get(range)).find((weight) => weight !== undefined) ?? 0;
}

/** Whether somebody takes an answer of one of these types; without a word he takes all. */
export function takesOneOf(types: readonly string[], accept = ""): boolean {
  const weights = weightsIn(accept);
  return accept.trim() === "" || types.some((type) => weightOf(type, weights) > 0);
}

function weighed(one: string): readonly [type: string, weight: number] {
  const [type = "", ...parameters] = one.split(";").map((part) => part.trim().toLowerCase());
  const weight = parameters.find((parameter) => parameter.startsWith("q="));
  const number = weight === undefined ? 1 : Number(weight.slice(2));
  return [type, Number.isNaN(number) ? 0 : number];
}
