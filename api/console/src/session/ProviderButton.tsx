import { Button, Stack } from "@mantine/core";
import { useState } from "react";
import { Failure } from "../states/states";

/** Leaves for the identity provider; says so if that cannot be. */
export function ProviderButton({ label, leave, primary }: { label: string; leave: () => Promise<void>; primary?: boolean }) {
  const [error, setError] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const go = async () => {
    setBusy(true);
    setError(null);
    try {
      await leave();
    } catch (refused) {
      setError(refused);
      setBusy(false);
    }
  };
  return (
    <Stack gap="xs">
      <Button variant={primary ? "filled" : "default"} loading={busy} onClick={() => void go()}>
        {label}
      </Button>
      {error !== null && <Failure error={error} />}
    </Stack>
  );
}
