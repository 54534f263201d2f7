import { queryOptions } from "@tanstack/react-query";
import { api, take, type Schemas } from "../api/client";
import { keys } from "../api/keys";

export type Pack = Schemas["PackView"];
export type Activation = Schemas["ActivationView"];
export type Proposal = Schemas["ProposalDetail"]["proposal"];
export type Contents = Schemas["PackContentsView"];
export type Rule = Schemas["RuleView"];
export type Report = Schemas["ReplayReport"];
export type Raw = string | number | boolean;

export const packsQuery = queryOptions({
  queryKey: keys.policies.packs,
  queryFn: ({ signal }) => take(api.GET("/policies/packs", { signal })),
});

export const packQuery = (digest: string) =>
  queryOptions({
    queryKey: keys.policies.pack(digest),
    queryFn: ({ signal }) => take(api.GET("/policies/packs/{digest}", { params: { path: { digest } }, signal })),
    staleTime: Number.POSITIVE_INFINITY,
  });

export const contentsQuery = (digest: string) =>
  queryOptions({
    queryKey: keys.policies.contents(digest),
    queryFn: ({ signal }) => take(api.GET("/policies/packs/{digest}/contents", { params: { path: { digest } }, signal })),
  });

export const proposalsQuery = queryOptions({
  queryKey: keys.policies.proposals,
  queryFn: ({ signal }) => take(api.GET("/policies/proposals", { signal })),
});

export const proposalQuery = (id: string) =>
  queryOptions({
    queryKey: keys.policies.proposal(id),
    queryFn: ({ signal }) => take(api.GET("/policies/proposals/{proposal_id}", { params: { path: { proposal_id: id } }, signal })),
  });

export const optionsQuery = (id: string, who: string) =>
  queryOptions({
    queryKey: keys.policies.options(id, who),
    queryFn: ({ signal }) => take(api.GET("/policies/proposals/{proposal_id}/options", { params: { path: { proposal_id: id } }, signal })),
  });

export const limitsQuery = queryOptions({
  queryKey: keys.policies.limits,
  queryFn: ({ signal }) => take(api.GET("/policies/limits", { signal })),
});

export const suggestionsQuery = queryOptions({
  queryKey: keys.policies.suggestions,
  queryFn: ({ signal }) => take(api.GET("/policies/suggestions", { signal })),
  staleTime: 60_000,
});

export const suggestionQuery = (id: string) =>
  queryOptions({
    queryKey: keys.policies.suggestion(id),
    queryFn: ({ signal }) => take(api.GET("/policies/suggestions/{suggestion_id}", { params: { path: { suggestion_id: id } }, signal })),
  });

export const casesQuery = queryOptions({
  queryKey: keys.policies.cases,
  queryFn: ({ signal }) => take(api.GET("/cases", { params: { query: { limit: 100 } }, signal })),
  staleTime: 30_000,
});

/** The activation of each pack that counts for a case which begins now. */
export function inForce(activations: readonly Activation[], now: number): Activation[] {
  const found = new Map<string, Activation>();
  for (const one of activations) {
    const before = found.get(one.pack);
    if (Date.parse(one.from_at) <= now && (before === undefined || one.number > before.number)) found.set(one.pack, one);
  }
  return [...found.values()];
}

/** What the newest activation of a pack's version set of its parameters. */
export function ownValues(activations: readonly Activation[], digest: string): Record<string, Raw> {
  const newest = activations.filter((one) => one.digest === digest).sort((one, other) => other.number - one.number)[0];
  return Object.fromEntries(Object.entries(newest?.parameters ?? {}).filter(([, value]) => value !== null)) as Record<string, Raw>;
}
