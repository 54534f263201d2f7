import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api, take } from "../../api/client";
import { keys } from "../../api/keys";

const path = (id: string) => ({ params: { path: { task_id: id } } });

export const taskQuery = (id: string) =>
  queryOptions({ queryKey: keys.tasks.one(id), queryFn: ({ signal }) => take(api.GET("/tasks/{task_id}", { ...path(id), signal })) });

export const formQuery = (id: string) =>
  queryOptions({
    queryKey: keys.tasks.part(id, "form"),
    queryFn: ({ signal }) => take(api.GET("/tasks/{task_id}/form", { ...path(id), signal })),
  });

export const optionsQuery = (id: string) =>
  queryOptions({
    queryKey: keys.tasks.part(id, "options"),
    queryFn: ({ signal }) => take(api.GET("/tasks/{task_id}/options", { ...path(id), signal })),
  });

export const notesQuery = (id: string) =>
  queryOptions({
    queryKey: keys.tasks.part(id, "notes"),
    queryFn: ({ signal }) => take(api.GET("/tasks/{task_id}/notes", { ...path(id), signal })),
  });

export const questionsQuery = (id: string) =>
  queryOptions({
    queryKey: keys.tasks.part(id, "questions"),
    queryFn: ({ signal }) => take(api.GET("/tasks/{task_id}/questions", { ...path(id), signal })),
  });

export const precedentsQuery = (id: string) =>
  queryOptions({
    queryKey: keys.tasks.part(id, "precedents"),
    queryFn: ({ signal }) => take(api.GET("/tasks/{task_id}/precedents", { ...path(id), signal })),
    staleTime: 60_000,
  });

export const documentsQuery = (id: string) =>
  queryOptions({
    queryKey: keys.tasks.part(id, "documents"),
    queryFn: ({ signal }) => take(api.GET("/tasks/{task_id}/documents", { ...path(id), signal })),
    staleTime: 60_000,
  });

export const pagesQuery = (id: string, sha256: string) =>
  queryOptions({
    queryKey: keys.documents.pages(id, sha256),
    queryFn: ({ signal }) =>
      take(api.GET("/tasks/{task_id}/documents/{sha256}/pages", { params: { path: { task_id: id, sha256 } }, signal })),
    staleTime: Number.POSITIVE_INFINITY,
  });

export const peopleQuery = (id: string, purpose: "hand" | "ask", words: string) =>
  queryOptions({
    queryKey: keys.tasks.people(id, purpose, words),
    queryFn: ({ signal }) =>
      take(api.GET("/tasks/{task_id}/people", { params: { path: { task_id: id }, query: { purpose, words } }, signal })),
    staleTime: 10_000,
    // Those found so far stay until the next are there: a list that empties while somebody chooses takes the choice away.
    placeholderData: keepPreviousData,
  });

export const previewQuery = (id: string, digest: string, edits: Record<string, string>) =>
  queryOptions({
    queryKey: [...keys.tasks.part(id, "preview"), digest, edits],
    queryFn: ({ signal }) => take(api.POST("/tasks/{task_id}/preview", { ...path(id), body: { set: edits }, signal })),
    retry: false,
    staleTime: 10_000,
  });
