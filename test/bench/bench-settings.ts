/** How often each contender has its turn; the contenders take turns, since what slows one slows the others. */
export const rounds = Number(process.env["RR_BENCH_ROUNDS"] ?? "5");

/** Passes that ours and the floor make before they are measured, as a worker has that has been up for a while. */
export const warmUp = Number(process.env["RR_BENCH_WARM_UP"] ?? "0");

/** Where tables are written. */
export const resultsDir = process.env["RR_BENCH_OUT"] ?? "bench-results";
