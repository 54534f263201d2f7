import { TextInput, type TextInputProps } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { useEffect, useRef, useState, type KeyboardEvent, type RefObject } from "react";

interface Props extends Omit<TextInputProps, "ref" | "type" | "value" | "onChange" | "onBlur" | "onKeyDown"> {
  finder: RefObject<HTMLInputElement | null>;
  /** The words that are searched for, as the address says. */
  words: string;
  /** What was typed, a moment after the last key, or at once when the field is left. */
  onSettle: (words: string | undefined) => void;
  delay?: number;
}

/** Words that a list is searched for. `Enter` and `Escape` leave the field and keep what was typed. */
export function SearchField({ finder, words, onSettle, delay = 250, ...rest }: Props) {
  const [typed, setTyped] = useState(words);
  const sent = useRef(words);
  const settle = useDebouncedCallback((text: string) => {
    sent.current = text.trim();
    onSettle(sent.current || undefined);
  }, delay);
  useEffect(() => {
    // What the address says because it was typed here must not take the place of what has been typed since.
    if (words !== sent.current) {
      settle.cancel();
      setTyped(words);
    }
    sent.current = words;
  }, [words, settle]);
  const leave = (event: KeyboardEvent<HTMLInputElement>) => {
    if (event.key !== "Escape" && event.key !== "Enter") return;
    // A browser empties a search field on `Escape`.
    event.preventDefault();
    event.currentTarget.blur();
  };
  return (
    <TextInput
      {...rest}
      ref={finder}
      type="search"
      value={typed}
      onChange={(event) => {
        setTyped(event.currentTarget.value);
        settle(event.currentTarget.value);
      }}
      onKeyDown={leave}
      onBlur={() => settle.flush()}
    />
  );
}
