import * as z from "zod";

/** On the wire: the exact text that an operator's key signed, and the armored SSHSIG over it. */
export const signedTextSchema = z
  .strictObject({
    body: z.string().max(4096),
    /** A certificate of the greatest size, the longest RSA signature, and what base64 makes of them. */
    signature: z.string().max(16_384),
  })
  .meta({ id: "SignedText" });
export type SignedText = z.output<typeof signedTextSchema>;
