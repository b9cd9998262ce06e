import * as z from "zod";

/** How strong a login is, weakest first: may look, may do with runs of its own as well, may do with all runs. */
export const ROLES = ["view", "own", "all"] as const;
export type Role = (typeof ROLES)[number];

const iso = z.iso.datetime();

export const challengeSchema = z
  .object({
    /** To be signed, once, until then. */
    challenge: z.string(),
    expires: iso,
  })
  .meta({ id: "Challenge" });

export const loginSchema = z
  .strictObject({
    /** The text that was signed, as `loginText` of the signing package makes it. */
    statement: z.string().max(4096),
    /** Armored SSHSIG over it, of the namespace of logins. */
    signature: z.string().max(16_384),
  })
  .meta({ id: "Login" });
export type Login = z.output<typeof loginSchema>;

/** Whoever is logged in, until when. */
export const whoSchema = z
  .object({ principal: z.string(), role: z.enum(ROLES), expires: iso })
  .meta({ id: "Who" });

export const loggedInSchema = whoSchema
  .extend({
    /** For `authorization: Bearer TOKEN`; the coordinator keeps its digest alone. */
    token: z.string(),
  })
  .meta({ id: "LoggedIn" });
export type LoggedIn = z.output<typeof loggedInSchema>;

/** The coordinators of one store that may come to carry a run, so that its operator can sign for all of them. */
export const carriersSchema = z
  .object({
    carriers: z
      .array(
        z.object({
          /** Of the key that it signs with, `SHA256:…`, as `ssh-keygen -l` prints it. */
          fingerprint: z.string(),
          /** Whether it is the one that answers. */
          here: z.boolean(),
        }),
      )
      .readonly(),
  })
  .meta({ id: "Carriers" });
export type Carriers = z.output<typeof carriersSchema>;
