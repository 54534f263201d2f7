import { Kbd, Table, Title } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { useWhoami } from "../session/session";
import { Dialog } from "./Dialog";
import { useHelpGroups } from "./helpGroups";
import { permittedPlaces } from "./places";

const GROUPS = [
  [
    "everywhere",
    [
      ["Ctrl K", "palette"],
      ["Ctrl J", "chat"],
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

/** The shortcuts, group by group; those of the screen that is open come first, then those that lead to the others. */
export default function HelpDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const here = useHelpGroups();
  const places = permittedPlaces(useWhoami().permissions).map((place) => [`g ${place.key}`, t(place.title)] as const);
  const everywhere = GROUPS.map(([group, keys]) => ({
    title: t(`help.group.${group}`),
    keys: [
      ...keys.map(([key, deed]) => [key, t(`help.${group}.${deed}` as "help.queue.down")] as const),
      ...(group === "everywhere" ? places : []),
    ],
  }));
  return (
    <Dialog opened onClose={onClose} title={t("help.title")}>
      {[...here, ...everywhere].map((group) => (
        <section key={group.title}>
          <Title order={3} size="sm" mt="sm">
            {group.title}
          </Title>
          <Table withRowBorders={false} verticalSpacing={3}>
            <Table.Tbody>
              {group.keys.map(([key, text]) => (
                <Table.Tr key={key}>
                  <Table.Th w={120} scope="row">
                    <Kbd>{key}</Kbd>
                  </Table.Th>
                  <Table.Td>{text}</Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </section>
      ))}
    </Dialog>
  );
}
