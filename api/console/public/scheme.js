// Before the first paint, so that nobody who works in the dark is dazzled.
(() => {
  let chosen = "auto";
  try {
    chosen = localStorage.getItem("interlock.scheme") ?? "auto";
  } catch {
    // A browser that keeps nothing shows what the system prefers.
  }
  const dark = chosen === "dark" || (chosen !== "light" && matchMedia("(prefers-color-scheme: dark)").matches);
  document.documentElement.setAttribute("data-mantine-color-scheme", dark ? "dark" : "light");
})();
