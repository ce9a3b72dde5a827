// Runs before the first paint, so that neither the theme nor the sidebar's width flashes.
(() => {
  const root = document.documentElement;
  const stored = (key) => {
    try {
      return localStorage.getItem(key);
    } catch {
      return null; // storage may be forbidden; the system's preference then decides
    }
  };
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const apply = () => {
    root.dataset.bsTheme = stored("theme") ?? (dark.matches ? "dark" : "light");
  };
  apply();
  dark.addEventListener("change", apply);
  if (stored("sidebar") === "icons") root.dataset.sidebar = "icons";
})();
