import { MultiSelect, TextInput } from "@mantine/core";
import { useTranslation } from "react-i18next";

interface RolesFieldProps {
  value: string[];
  onChange: (value: string[]) => void;
  roles: readonly { name: string; title: string; state: string }[];
}

/** Roles that there are. */
export function RolesField({ value, onChange, roles }: RolesFieldProps) {
  const { t } = useTranslation("admin");
  const there = roles.filter((role) => role.state !== "absent").map((role) => ({ value: role.name, label: role.title }));
  const known = [...there, ...value.filter((name) => !there.some((role) => role.value === name)).map((name) => ({ value: name, label: name }))];
  return (
    <MultiSelect
      label={t("users.roles")}
      data={known}
      value={value}
      onChange={onChange}
      searchable
      hidePickedOptions
      clearButtonProps={{ "aria-label": t("clear") }}
      comboboxProps={{ zIndex: 500 }}
    />
  );
}

interface LoginProps {
  label: string;
  text: string;
  value: string;
  onChange: (login: string) => void;
}

/** What somebody or something signs in as; a dialog that adds one begins here. */
export function LoginField({ label, text, value, onChange }: LoginProps) {
  return (
    <TextInput
      label={label}
      description={text}
      value={value}
      onChange={(event) => onChange(event.currentTarget.value)}
      autoCapitalize="none"
      spellCheck={false}
      maxLength={64}
      required
      data-autofocus
    />
  );
}
