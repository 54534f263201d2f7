import type { ToneName } from "../../states/Tone";
import type { Account } from "../queries";

export type Standing = "active" | "invited" | "never" | "out";

/** How somebody stands: who can sign in, who was only invited, who never was, and who is kept out. */
export function standingOf(account: Account): Standing {
  if (!account.active) return "out";
  if (account.password_set_at !== null || account.providers.length > 0) return "active";
  return account.invited ? "invited" : "never";
}

export const TONES: Record<Standing, ToneName> = { active: "good", invited: "warning", never: "quiet", out: "danger" };

/** Whether somebody is one of those that were searched for: by any part of login, name, address or role. */
export function fits(account: Account, words: string): boolean {
  const text = [account.login, account.name, account.email ?? "", ...account.roles].join(" ").toLowerCase();
  return words
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}
