import { Button, Divider, PasswordInput, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState, type FormEvent } from "react";
import { useTranslation } from "react-i18next";
import { api, take } from "../api/client";
import { Failure } from "../states/states";
import { EntryPage } from "./EntryPage";
import { leaveForProvider, providerQuery } from "./provider";
import { ProviderButton } from "./ProviderButton";
import "./providerTexts";
import { tokenOfAddress } from "./token";
import { signIn } from "./session";

/** Where the link of an invitation or a reset leads: choose a password, and be signed in with it. */
export default function AccountPage() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const [token] = useState(tokenOfAddress);
  const [password, setPassword] = useState("");
  const [error, setError] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setError(null);
    try {
      const redeemed = await take(api.POST("/account/redeem", { body: { token, new_password: password } }));
      await signIn(redeemed.login, password, redeemed.tenant);
      await navigate({ to: "/tasks", replace: true });
    } catch (refused) {
      setError(refused);
    } finally {
      setBusy(false);
    }
  };
  return (
    <EntryPage title={t("session.choose")}>
      {token === "" ? (
        <Text size="sm">{t("session.noToken")}</Text>
      ) : (
        <form onSubmit={(event) => void submit(event)}>
          <Stack>
            <PasswordInput
              label={t("session.newPassword")}
              description={t("session.passwordRule")}
              autoComplete="new-password"
              value={password}
              onChange={(event) => setPassword(event.currentTarget.value)}
              visibilityToggleButtonProps={{ "aria-label": t("session.showPassword") }}
              minLength={12}
              maxLength={200}
              autoFocus
              required
            />
            {error !== null && <Failure error={error} />}
            <Button type="submit" loading={busy}>
              {t("session.chooseAndSignIn")}
            </Button>
          </Stack>
        </form>
      )}
      {token !== "" && <ByProvider token={token} />}
    </EntryPage>
  );
}

/** With an identity provider, whoever was invited needs no password at all. */
function ByProvider({ token }: { token: string }) {
  const { t } = useTranslation("provider");
  const title = useQuery(providerQuery).data?.title;
  if (!title) return null;
  return (
    <>
      <Divider label={t("or")} />
      <ProviderButton label={t("signInWith", { title })} leave={() => leaveForProvider(null, token)} />
    </>
  );
}
