import { Kbd, Modal, Table, Title } from "@mantine/core";
import { useTranslation } from "react-i18next";
import "../cases/texts";

const GROUPS = [
  [
    "everywhere",
    [
      ["Ctrl K", "palette"],
      ["?", "help"],
      ["g q", "queue"],
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

const OF_CASES = [
  [
    "cases",
    [
      ["j", "down"],
      ["k", "up"],
      ["Enter", "open"],
      ["x", "select"],
      ["b", "order"],
      ["/", "search"],
      [".", "fresh"],
    ],
  ],
  [
    "case",
    [
      ["1 … 7", "tab"],
      ["[ ]", "earlier"],
      ["s", "suspend"],
      ["r", "retry"],
      ["o", "task"],
      ["Esc", "back"],
    ],
  ],
] as const;

/** The shortcuts, group by group. */
export default function HelpDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const ofCases = useTranslation("cases").t;
  const groups = [
    ...GROUPS.map(([group, keys]) => ({
      title: t(`help.group.${group}`),
      keys: keys.map(([key, deed]) => [key, t(`help.${group}.${deed}` as "help.queue.down")] as const),
    })),
    ...OF_CASES.map(([group, keys]) => ({
      title: ofCases(`help.${group}`),
      keys: keys.map(([key, deed]) => [key, ofCases(`help.${deed}`)] as const),
    })),
  ];
  return (
    <Modal opened onClose={onClose} title={t("help.title")} closeButtonProps={{ "aria-label": t("action.close") }}>
      {groups.map(({ title, keys }) => (
        <section key={title}>
          <Title order={3} size="sm" mt="sm">
            {title}
          </Title>
          <Table withRowBorders={false} verticalSpacing={3}>
            <Table.Tbody>
              {keys.map(([key, deed]) => (
                <Table.Tr key={key}>
                  <Table.Th w={120} scope="row">
                    <Kbd>{key}</Kbd>
                  </Table.Th>
                  <Table.Td>{deed}</Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </section>
      ))}
    </Modal>
  );
}
