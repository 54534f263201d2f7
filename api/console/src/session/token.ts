/** The token behind `#`, taken out of the address at once: it stands in no history, and nobody reads it over a shoulder. */
export function tokenOfAddress(): string {
  const token = window.location.hash.slice(1);
  if (token) window.history.replaceState(window.history.state, "", window.location.pathname);
  return token;
}
