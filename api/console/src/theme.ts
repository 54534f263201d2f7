import { createTheme, type MantineColorsTuple, type ModalProps } from "@mantine/core";

/** Of one hue, so that a state's own colour is what stands out. White on shade 7 and darker has a contrast above 4.5. */
const signal: MantineColorsTuple = [
  "#eef1ff", "#dbe1fb", "#b5bff0", "#8d9be6", "#6b7cdd", "#5568d8", "#485dd6", "#3b4fc4", "#3346b0", "#273a99",
];

export const theme = createTheme({
  colors: { signal },
  primaryColor: "signal",
  // Lighter shades with white text on them fail WCAG 2.2 AA.
  primaryShade: { light: 8, dark: 8 },
  autoContrast: true,
  defaultRadius: "md",
  cursorType: "pointer",
  fontFamily: 'system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif',
  fontFamilyMonospace: 'ui-monospace, "SFMono-Regular", Menlo, Consolas, "DejaVu Sans Mono", monospace',
  headings: { fontWeight: "650", sizes: { h1: { fontSize: "1.35rem", lineHeight: "1.35" }, h2: { fontSize: "1rem", lineHeight: "1.4" } } },
  respectReducedMotion: true,
  components: {
    // The page has its own banner: a dialog's head is none.
    ModalHeader: { defaultProps: { component: "div" } },
    // Not `Modal.extend`: dialogs are loaded with whatever opens one.
    Modal: { defaultProps: { centered: true, transitionProps: { duration: 120 } } satisfies Partial<ModalProps> },
  },
});
