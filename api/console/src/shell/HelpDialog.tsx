import { Kbd, Modal, Table, Title } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { useWhoami } from "../session/session";
import { permittedPlaces } from "./places";

const GROUPS = [
  [
    "everywhere",
    [
      ["Ctrl K", "palette"],
      ["?", "help"],
      ["Esc", "close"],
    ],
  ],
  [
    "queue",
    [
      ["j", "down"],
      ["k", "up"],
      ["Enter", "open"],
      ["x", "select"],
      ["b", "decide"],
      ["c", "claim"],
      ["n", "next"],
      ["/", "search"],
      [".", "fresh"],
    ],
  ],
  [
    "review",
    [
      ["a", "approve"],
      ["s", "correct"],
      ["r", "reject"],
      ["e", "edit"],
      ["c", "claim"],
      ["u", "undo"],
      ["n", "next"],
      ["j", "after"],
      ["k", "before"],
      ["Ctrl Enter", "confirm"],
    ],
  ],
] as const;

/** The shortcuts, group by group. */
export default function HelpDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const places = permittedPlaces(useWhoami().permissions);
  return (
    <Modal opened onClose={onClose} title={t("help.title")} closeButtonProps={{ "aria-label": t("action.close") }}>
      {GROUPS.map(([group, keys]) => (
        <section key={group}>
          <Title order={3} size="sm" mt="sm">
            {t(`help.group.${group}`)}
          </Title>
          <Table withRowBorders={false} verticalSpacing={3}>
            <Table.Tbody>
              {keys.map(([key, deed]) => (
                <Table.Tr key={key}>
                  <Table.Th w={120} scope="row">
                    <Kbd>{key}</Kbd>
                  </Table.Th>
                  <Table.Td>{t(`help.${group}.${deed}` as "help.queue.down")}</Table.Td>
                </Table.Tr>
              ))}
              {group === "everywhere" &&
                places.map((place) => (
                  <Table.Tr key={place.to}>
                    <Table.Th w={120} scope="row">
                      <Kbd>{`g ${place.key}`}</Kbd>
                    </Table.Th>
                    <Table.Td>{t(place.title)}</Table.Td>
                  </Table.Tr>
                ))}
            </Table.Tbody>
          </Table>
        </section>
      ))}
    </Modal>
  );
}
