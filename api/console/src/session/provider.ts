import { queryOptions } from "@tanstack/react-query";
import { api, take } from "../api/client";
import { keys } from "../api/keys";

/** The identity provider that people may sign in with; its title is null where there is none. */
export const providerQuery = queryOptions({
  queryKey: keys.provider,
  queryFn: ({ signal }) => take(api.GET("/session/provider", { signal })),
  staleTime: Number.POSITIVE_INFINITY,
  retry: false,
});

/** Leave for the identity provider; whoever comes back is at `next`. With a token, it takes the place of a password. */
export async function leaveForProvider(next: string | null, token: string | null = null): Promise<void> {
  const { url } = await take(api.POST("/session/provider", { body: { next, token } }));
  window.location.assign(url);
}

/** Leave to prove anew who one is. */
export async function proveAnew(next: string): Promise<void> {
  const { url } = await take(api.POST("/session/provider/confirm", { body: { next } }));
  window.location.assign(url);
}
