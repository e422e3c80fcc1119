import base from "./playwright.config";

/** `make screenshots`: every state of the page, both sizes, themes and languages. */
export default {
  ...base,
  testDir: "gallery",
  timeout: 90_000,
  projects: base.projects!.filter(({ name }) => name === "phone" || name === "desktop").map(({ name, use }) => ({ name, use })),
};
