import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { api, take } from "../api/client";
import { keys } from "../api/keys";
import type { Language } from "../i18n";
import { FRESH } from "./store";
import type { Beside } from "./turn";

export const conversationsQuery = infiniteQueryOptions({
  queryKey: keys.chat.conversations,
  queryFn: ({ pageParam, signal }) =>
    take(api.GET("/chat/conversations", { params: { query: pageParam ? { cursor: pageParam } : {} }, signal })),
  initialPageParam: null as string | null,
  getNextPageParam: (last) => last.next ?? null,
});

export const conversationQuery = (id: string) =>
  queryOptions({
    queryKey: keys.chat.conversation(id),
    queryFn: ({ signal }) => take(api.GET("/chat/conversations/{conversation_id}", { params: { path: { conversation_id: id } }, signal })),
    enabled: id !== FRESH,
    // What is asked here is in the store; what was asked before does not change.
    staleTime: Number.POSITIVE_INFINITY,
  });

export const completionsQuery = (text: string, language: Language, open: string | undefined) =>
  queryOptions({
    queryKey: keys.chat.completions(text, language, open),
    queryFn: ({ signal }) =>
      take(api.GET("/chat/completions", { params: { query: { text, language, ...(open ? { case: open } : {}) } }, signal })),
    enabled: text.trim() !== "",
    staleTime: 30_000,
  });

export function lookUp(command: string, beside: Beside, language: Language) {
  return take(api.POST("/chat/answers", { body: { command, beside, language } }));
}
