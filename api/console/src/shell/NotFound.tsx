import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { Empty } from "../states/states";

export function NotFound() {
  const { t } = useTranslation();
  return <Empty title={t("failure.noPage")} action={<Link to="/">{t("failure.noPageDo")}</Link>} />;
}
