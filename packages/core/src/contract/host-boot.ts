import * as z from "zod";

/** Which boot of which machine or container a host is: with another one, what the record directory held may be gone. */
export const hostBoot = z.strictObject({
  /** /proc/sys/kernel/random/boot_id; absent where it was not heard. */
  bootId: z
    .string()
    .regex(/^[0-9a-f-]{36}$/, "is not a boot id")
    .optional(),
  /** When its first process was started, in clock ticks since the boot: containers of one machine share its boot id. */
  container: z
    .string()
    .regex(/^\d{1,20}$/, "is not a time in ticks")
    .optional(),
});
export type HostBoot = z.output<typeof hostBoot>;

/** One that was just seen, and how long it has been up. */
export const seenBoot = z.strictObject({ ...hostBoot.shape, upMs: z.number().min(0) });
export type SeenBoot = z.output<typeof seenBoot>;

/** Clocks of two machines do not run alike. */
const DRIFT = 1.001;

/**
 * Whether a host that was just heard to be up for `upMs` is the one that it was `agoMs` ago, by the clock of whoever
 * asks: both times end now, whatever the question and its answer waited for.
 */
export function isSameSince({ upMs, bootId, container }: SeenBoot, agoMs: number): boolean {
  return bootId !== undefined && container !== undefined && upMs > agoMs * DRIFT;
}

/** Whether these cannot be one. */
export function isOther(one: HostBoot, other: HostBoot): boolean {
  return differ(one.bootId, other.bootId) || differ(one.container, other.container);
}

function differ(one: string | undefined, other: string | undefined): boolean {
  return one !== undefined && other !== undefined && one !== other;
}
