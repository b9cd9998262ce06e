export function isPort(item: unknown): item is number {
  return Number.isInteger(item) && (item as number) >= 1 && (item as number) <= 65_535;
}
