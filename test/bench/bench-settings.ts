/** How often each contender has its turn; the contenders take turns, since what slows one slows the others. */
export const rounds = Number(process.env["RR_BENCH_ROUNDS"] ?? "5");

/** Where tables are written. */
export const resultsDir = process.env["RR_BENCH_OUT"] ?? "bench-results";
