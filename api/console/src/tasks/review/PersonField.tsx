import { Select } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { peopleQuery } from "./queries";

interface Props {
  task: string;
  purpose: "hand" | "ask";
  value: string | null;
  onChange: (value: string | null) => void;
}

/** People whom the server would accept here, and nobody else. */
export function PersonField({ task, purpose, value, onChange }: Props) {
  const { t } = useTranslation();
  const [words, setWords] = useState("");
  const [settled] = useDebouncedValue(words, 200);
  const people = useQuery(peopleQuery(task, purpose, settled));
  return (
    <Select
      label={t("person.label")}
      placeholder={t("person.search")}
      nothingFoundMessage={t(people.isFetching ? "state.loading" : "person.nobody")}
      searchable
      required
      data={people.data?.people.map((person) => ({ value: person.id, label: person.name })) ?? []}
      filter={({ options }) => options}
      onSearchChange={setWords}
      value={value}
      onChange={onChange}
      comboboxProps={{ zIndex: 500 }}
    />
  );
}
