import { Modal, type ModalProps } from "@mantine/core";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";

/**
 * A dialog that gives the focus back to where it was. The library's own does so only when it is closed while it stays
 * mounted; ours are mounted open, because they are loaded when they are needed, and are gone once they are closed.
 */
export function Dialog(props: ModalProps) {
  const { t } = useTranslation();
  const [before] = useState(() => document.activeElement);
  useEffect(
    () => () => {
      // After whoever closed it has had the time to put the focus somewhere else.
      window.setTimeout(() => {
        if (document.activeElement === document.body && before instanceof HTMLElement) before.focus({ preventScroll: true });
      }, 0);
    },
    [before],
  );
  return <Modal closeButtonProps={{ "aria-label": t("action.close") }} {...props} />;
}
