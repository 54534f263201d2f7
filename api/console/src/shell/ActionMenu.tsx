import { Menu, type MenuProps } from "@mantine/core";
import { useEffect, useRef, useState, type KeyboardEvent, type ReactElement, type ReactNode } from "react";

interface Props {
  /** The button that opens it. */
  button: ReactElement;
  position?: MenuProps["position"];
  /** At most so high, in pixels, where it may hold many. */
  height?: number;
  children: ReactNode;
}

/**
 * What a button offers, as a menu that has the focus as soon as it is open.
 *
 * The library's own trap takes the focus a moment later, and once more after that: whoever had gone on to an item by
 * then, quickly or on a slow machine, was taken off it, and their `Enter` met nothing.
 */
export function ActionMenu({ button, position = "bottom-end", height, children }: Props) {
  const [opened, setOpened] = useState(false);
  const target = useRef<HTMLSpanElement>(null);
  const dropdown = useRef<HTMLDivElement>(null);
  useEffect(() => {
    // The menu, not its first item: a key that is held down must not choose something.
    if (opened) dropdown.current?.focus({ preventScroll: true });
  }, [opened]);
  const pressed = (event: KeyboardEvent) => {
    if (event.key !== "Tab" && event.key !== "Escape") return;
    // It is no `Escape` of the screen below, which would leave it.
    if (event.key === "Escape") event.preventDefault();
    // `Tab` goes on from the button, not from the end of the page, where the menu stands.
    setOpened(false);
    target.current?.querySelector("button")?.focus();
  };
  return (
    <Menu
      opened={opened}
      onChange={setOpened}
      position={position}
      transitionProps={{ duration: 0 }}
      trapFocus={false}
      closeOnEscape={false}
      withInitialFocusPlaceholder={false}
    >
      <span ref={target} className="no-print" style={{ display: "contents" }}>
        <Menu.Target>{button}</Menu.Target>
      </span>
      <Menu.Dropdown ref={dropdown} onKeyDown={pressed} mah={height} style={{ overflowY: "auto", outline: "none" }}>
        {children}
      </Menu.Dropdown>
    </Menu>
  );
}
