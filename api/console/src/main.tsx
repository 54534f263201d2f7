import "@mantine/core/styles.css";
import "@mantine/notifications/styles.css";
import "./app.css";
import { localStorageColorSchemeManager, MantineProvider } from "@mantine/core";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { createRoot } from "react-dom/client";
import { ProblemError, Unreachable } from "./api/problem";
import { startSpeaking } from "./i18n";
import { startRouter } from "./router";
import { theme } from "./theme";

/** What was refused is refused again; only a server that does not answer, or not now, is asked once more. */
function worthAsking(failures: number, error: Error): boolean {
  const passing = error instanceof Unreachable || (error instanceof ProblemError && error.status >= 502);
  return passing && failures < 2;
}

const client = new QueryClient({
  defaultOptions: {
    queries: { retry: worthAsking, staleTime: 5_000, refetchOnWindowFocus: true },
    mutations: { retry: false },
  },
});

await startSpeaking();
const place = document.getElementById("root");
if (place === null) throw new Error("the page has no place for the console");
createRoot(place).render(
  <MantineProvider
    theme={theme}
    defaultColorScheme="auto"
    colorSchemeManager={localStorageColorSchemeManager({ key: "interlock.scheme" })}
  >
    <QueryClientProvider client={client}>
      <RouterProvider router={startRouter(client)} />
    </QueryClientProvider>
  </MantineProvider>,
);
