import { Box, Center, Stack, Text, Title } from "@mantine/core";
import { useDocumentTitle } from "@mantine/hooks";
import type { ReactNode } from "react";

/** The frame of the pages before anybody is signed in. */
export function EntryPage({ title, children }: { title: string; children: ReactNode }) {
  useDocumentTitle(`${title} · Interlock`);
  return (
    <Center component="main" mih="100vh" p="md">
      <Box className="surface" w="100%" maw={400} p="xl">
        <Stack gap="md">
          <Stack gap={2}>
            <Text size="sm" fw={700} c="dimmed">
              Interlock
            </Text>
            <Title order={1}>{title}</Title>
          </Stack>
          {children}
        </Stack>
      </Box>
    </Center>
  );
}
