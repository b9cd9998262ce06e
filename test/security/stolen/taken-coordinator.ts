import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fingerprintOf, type OperatorKey, type SignedText } from "@roadrunner/core/signing";
import { signForCarriers } from "@roadrunner/engine";
import { expect } from "vitest";
import { CoordinatorKit, handOverOf } from "../../coordinator/kit.ts";
import { makeTempDir, type TempDir } from "../../support/temp-dir.ts";
import { Attacker, refused, type Answer } from "../attacker.ts";
import { keyOfFile } from "../sign-as.ts";
import { startSignedSite, type SignedSite } from "../signed-site.ts";
import { shopPlan } from "./shop.ts";
import { copiedStore } from "./stolen-store.ts";
import { Thief, type Message } from "./thief.ts";
import { VisitedPage } from "./visited-page.ts";

export const HOUR = 3_600_000;

/** Of what the worker sees as altered or added. */
export const ALTERED = /not in the plan that the operator signed: it was altered, or added/;
export const REFUSED = { outcome: "refused", blame: "submission" };

/** Those who sign. The worker has been told of alice alone. */
interface Signers {
  readonly alice: OperatorKey;
  readonly coordinator: OperatorKey;
  readonly mallory: OperatorKey;
}

/**
 * A real coordinator carries alice's run to its end; then its box is taken, with its key and its store, while what she
 * signed still has hours to go. Its key is in no file of the worker.
 */
export class TakenCoordinator {
  readonly signed: SignedSite;
  readonly page: VisitedPage;
  readonly coordinator: CoordinatorKit;
  readonly signers: Signers;
  readonly thief: Thief;
  readonly #attacker: Attacker;
  readonly #temp: TempDir;

  private constructor(
    parts: Pick<TakenCoordinator, "signed" | "page" | "coordinator" | "signers" | "thief">,
    attacker: Attacker,
    temp: TempDir,
  ) {
    this.signed = parts.signed;
    this.page = parts.page;
    this.coordinator = parts.coordinator;
    this.signers = parts.signers;
    this.thief = parts.thief;
    this.#attacker = attacker;
    this.#temp = temp;
  }

  static async start(): Promise<TakenCoordinator> {
    const page = await VisitedPage.start();
    const temp = makeTempDir("revoked");
    writeFileSync(revokedIn(temp), "");
    const signed = await startSignedSite(["--gate-urls", page.url, "--revoked-signers", revokedIn(temp)]);
    const { site, keys } = signed;
    const keyFile = keys.make("coordinator");
    const signers = {
      alice: keyOfFile(signed.alice),
      coordinator: keyOfFile(keyFile),
      mallory: keyOfFile(keys.make("mallory")),
    };
    const coordinator = await CoordinatorKit.start([
      "--servers",
      site.gearmand.server,
      "--sign-key",
      keyFile,
    ]);
    const plan = shopPlan(page.url);
    const handOver = handOverOf(plan);
    const { run } = handOver;
    const statement = await signFor(signers.coordinator, signers.alice, run, plan);
    await coordinator.handOver(plan, { ...handOver, signed: statement });
    await coordinator.ended(run);
    const thief = await Thief.with({
      key: signers.coordinator,
      run,
      ...(await copiedStore(coordinator, run)),
    });
    const attacker = await Attacker.connect(site.gearmand);
    return new TakenCoordinator({ signed, page, coordinator, signers, thief }, attacker, temp);
  }

  async stop(): Promise<void> {
    await this.#attacker.close();
    await this.coordinator.stop();
    await this.signed.stop();
    await this.page.close();
    this.#temp.remove();
  }

  /** Its key is among those that the worker takes no more. */
  revoke(publicKey: Buffer): void {
    writeFileSync(revokedIn(this.#temp), publicKey);
  }

  async signedPlan(
    by: OperatorKey,
    run: string,
    plan: Thief["stolen"]["plan"],
    more: More = {},
  ): Promise<SignedText> {
    return signFor(this.signers.coordinator, by, run, plan, more);
  }

  async send({ functionName, unique, text }: Message): Promise<Answer> {
    return this.#attacker.submit(functionName, text, unique);
  }

  /** What ran on hosts. */
  ran(): readonly string[] {
    return this.signed.site.lines("ran").toSorted();
  }

  /** Whose word it was, and who came with it, as the audit log says it. */
  whose(): Record<string, unknown> {
    const { alice, coordinator } = this.signers;
    return { principal: "alice", key: printOf(alice), carrier: printOf(coordinator) };
  }
}

/** Its line in the audit log, when it was refused with nothing run and no page asked. */
export async function refusalOf(
  taken: TakenCoordinator,
  message: Message,
  why: RegExp,
): Promise<Record<string, unknown>> {
  const before = [taken.ran(), taken.page.visits.length];
  expect(await taken.send(message)).toEqual(refused(why));
  expect([taken.ran(), taken.page.visits.length]).toEqual(before);
  const [line, ...others] = taken.signed.audited({ unique: message.unique });
  expect(others).toEqual([]);
  expect(line).toMatchObject({ reason: expect.stringMatching(why) as string });
  return line ?? {};
}

type More = Partial<Parameters<typeof signForCarriers>[1]>;

export function printOf({ publicBlob }: OperatorKey): string {
  return fingerprintOf(publicBlob);
}

function revokedIn(temp: TempDir): string {
  return join(temp.path, "revoked");
}

async function signFor(
  coordinator: OperatorKey,
  by: OperatorKey,
  run: string,
  plan: Thief["stolen"]["plan"],
  more: More = {},
): Promise<SignedText> {
  const carriers = [printOf(coordinator)];
  const of = { run, plan, pastAttempts: 0, carriers, lifeMs: 24 * HOUR, ...more };
  const made = await signForCarriers(by, of);
  if (!made.ok) throw new Error(made.error);
  return made.value;
}
