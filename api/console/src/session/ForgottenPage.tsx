import { Alert, Anchor, Button, Stack, Text, TextInput } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { useState, type FormEvent } from "react";
import { useTranslation } from "react-i18next";
import { api, take } from "../api/client";
import { Failure } from "../states/states";
import { EntryPage } from "./EntryPage";

export default function ForgottenPage() {
  const { t } = useTranslation();
  const [login, setLogin] = useState("");
  const [asked, setAsked] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setError(null);
    try {
      await take(api.POST("/account/reset", { body: { login, tenant: null } }));
      setAsked(true);
    } catch (refused) {
      setError(refused);
    }
  };
  return (
    <EntryPage title={t("session.forgotten")}>
      {asked ? (
        <Alert role="status" variant="outline" title={t("session.asked")}>
          {t("session.askedText")}
        </Alert>
      ) : (
        <form onSubmit={(event) => void submit(event)}>
          <Stack>
            <Text size="sm">{t("session.forgottenText")}</Text>
            <TextInput
              label={t("session.login")}
              autoComplete="username"
              value={login}
              onChange={(event) => setLogin(event.currentTarget.value)}
              required
            />
            {error !== null && <Failure error={error} />}
            <Button type="submit">{t("session.askReset")}</Button>
          </Stack>
        </form>
      )}
      <Anchor component={Link} to="/sign-in" size="sm" underline="always">
        {t("session.signIn")}
      </Anchor>
    </EntryPage>
  );
}
