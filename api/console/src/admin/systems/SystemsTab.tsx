import { Stack } from "@mantine/core";
import { Connectors } from "./Connectors";
import { Switches } from "./Switches";
import { Targets } from "./Targets";

/** The external systems: how they are, what they take, and what is switched off. */
export default function SystemsTab() {
  return (
    <Stack gap="lg">
      <Switches />
      <Connectors />
      <Targets />
    </Stack>
  );
}
