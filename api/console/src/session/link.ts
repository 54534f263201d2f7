import { tokenOfAddress } from "./token";

const KEY = "interlock.link";

/** Keep the link's token while its person signs in: only in this tab, and only until it is opened. */
export function rememberToken(): void {
  const token = tokenOfAddress();
  if (token) sessionStorage.setItem(KEY, token);
}

let taken: string | null = null;

export function rememberedToken(): string {
  // React may ask twice for the state that something begins with: the second one gets what the first one took.
  const token = tokenOfAddress() || sessionStorage.getItem(KEY);
  sessionStorage.removeItem(KEY);
  if (token) taken = token;
  return token ?? taken ?? "";
}
