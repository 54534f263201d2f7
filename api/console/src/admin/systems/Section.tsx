import { Group, Text, Title } from "@mantine/core";
import type { ReactNode } from "react";

/** A titled part of the screen, with what can be done about it. */
export function Section({ title, text, tools, children }: { title: string; text: string; tools?: ReactNode; children: ReactNode }) {
  return (
    <div>
      <Group justify="space-between" align="flex-end" mb={6}>
        <div>
          <Title order={2}>{title}</Title>
          <Text size="sm" c="dimmed">
            {text}
          </Text>
        </div>
        {tools}
      </Group>
      {children}
    </div>
  );
}

/** A quiet word where there is nothing of a part, so that it does not look broken. */
export function Nothing({ children }: { children: ReactNode }) {
  return (
    <Text size="sm" className="surface" p="md">
      {children}
    </Text>
  );
}
