import { useTranslation } from "react-i18next";
import { instant } from "../../format/values";
import { OnceDialog } from "../Dialogs";
import { linkOf, type Given } from "./given";

export default function GivenDialog({ given, onClose }: { given: Given; onClose: () => void }) {
  const { t, i18n } = useTranslation("admin");
  const until = instant(given.expires_at, i18n.language);
  return (
    <OnceDialog
      title={t(given.purpose === "reset" ? "given.reset" : "given.invitation", { login: given.login })}
      text={t(given.told ? "given.told" : "given.pass", { until })}
      label={t("given.link")}
      secret={linkOf(given)}
      onClose={onClose}
    />
  );
}
