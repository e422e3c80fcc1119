import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { NETWORK, test } from "../fixtures";
import { states } from "../states";

const folder = resolve(__dirname, "../../target/screenshots");
mkdirSync(folder, { recursive: true });

for (const state of states) {
  for (const lang of ["en", "fr"]) {
    test(`${state.name}, ${lang}`, async ({ chat, page, context, fake, allow, isMobile, baseURL }, { project }) => {
      allow(/./, ...NETWORK);
      await context.addCookies([{ name: "lang", value: lang, url: baseURL! }]);
      const back = await state.reach({ chat, page, context, fake, phone: isMobile });
      for (const theme of ["dark", "light"]) {
        await page.evaluate((theme) => document.documentElement.setAttribute("data-theme", theme), theme);
        await page.waitForTimeout(400);
        await page.screenshot({ path: join(folder, `${state.name.replace(/\W+/g, "-")}.${project.name}.${theme}.${lang}.png`) });
      }
      await back?.();
    });
  }
}

test.afterAll(() => {
  const pictures = readdirSync(folder).filter((name) => name.endsWith(".png"));
  const rows = [...new Set(pictures.map((name) => name.split(".")[0]))].map((name) => {
    const own = pictures.filter((picture) => picture.startsWith(`${name}.`));
    return `<h2>${name}</h2><p>${own.map((picture) => `<a href="${picture}"><img loading="lazy" height="420" alt="${picture}" src="${picture}"></a>`).join(" ")}</p>`;
  });
  writeFileSync(join(folder, "index.html"), `<!doctype html><meta charset="utf-8"><title>Marty's Squad</title><body style="font:15px system-ui;background:#888">${rows.join("")}`);
});
