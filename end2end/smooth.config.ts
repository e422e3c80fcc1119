import base from "./playwright.config";

/** `make smooth`: how smoothly the page moves, printed; nothing here fails for being slow. */
export default {
  ...base,
  testDir: "smooth",
  timeout: 900_000,
  // a recorder reads the whole page at each step, which would be what is measured
  use: { ...base.use, trace: "off" as const },
  reporter: [["./smooth/print.ts"]],
  projects: base.projects!.filter(({ name }) => name === "phone" || name === "desktop").map(({ name, use }) => ({ name, use })),
};
