import { Box } from "@mantine/core";
import { useNavigate } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { api, take } from "../api/client";
import { Empty, Failure, Loading } from "../states/states";
import { rememberedToken } from "./link";

/** Where the link of a mail leads: opened once, by whom it was sent to, and then the task itself. */
export default function LinkPage() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const [token] = useState(rememberedToken);
  const [error, setError] = useState<unknown>(null);
  useEffect(() => {
    if (!token) return;
    take(api.POST("/links/{token}/open", { params: { path: { token } } }))
      .then((task) => navigate({ to: "/tasks/$taskId", params: { taskId: task.id }, replace: true }))
      .catch(setError);
  }, [token, navigate]);
  if (!token)
    return (
      <Empty level={1} title={t("session.noLink")}>
        {t("session.noLinkText")}
      </Empty>
    );
  return <Box p="md">{error === null ? <Loading /> : <Failure error={error} />}</Box>;
}
