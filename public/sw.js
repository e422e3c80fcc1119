// Without a network the page still opens: the shell and the last conversations, for reading. With one, pages always
// come from the server; only files that never change under their name (/pkg, by hash) come from here first, so that a
// page opened before an update keeps finding what it was built with.
//
// A copy says so: its `html` has `data-kept`, with the second it was kept at, or empty when it stands in for another page.
//
// Neither a full disk nor a cache that cannot be opened keeps a page from whoever has a network.
//
// What changes something only passes through here, so that a form without a network leads back to its page; the API, the
// server functions and the feed do not.

const PAGES = "pages";
const FILES = "files";
const MOST_PAGES = 30;
const MOST_FILES = 60;
// A server that does not answer in this time counts as away, where a copy is there.
const PATIENCE = 4000;

self.addEventListener("install", (event) => {
  event.waitUntil(
    (async () => {
      // the empty chat is what any conversation falls back to
      await keepPage(new Request("/chat")).catch(() => {});
      await self.skipWaiting();
    })(),
  );
});

self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (url.origin !== self.location.origin) return;
  if (request.method !== "GET") {
    if (request.mode === "navigate") event.respondWith(fetch(request).catch(() => backFrom(request)));
    return;
  }
  if (url.pathname.startsWith("/pkg/")) event.respondWith(fileFirst(event, request));
  else if (/^\/(fonts|icons)\//.test(url.pathname)) event.respondWith(fileFirst(event, request));
  else if (request.mode === "navigate" && /^\/(chat(\/[^/]+)?)?$/.test(url.pathname)) event.respondWith(pageFirst(event, request));
});

// The page says which conversation it leaves, to be kept as it is now; what is deleted it takes away itself.
self.addEventListener("message", (event) => {
  if (/^\/chat(\/[^/]+)?$/.test(event.data.keep)) event.waitUntil(keepPage(new Request(event.data.keep)).catch(() => {}));
});

async function fileFirst(event, request) {
  const kept = await find(FILES, request);
  if (kept) return kept;
  const answer = await fetch(request);
  if (answer.ok) event.waitUntil(keep(FILES, request, answer.clone(), MOST_FILES).catch(() => {}));
  return answer;
}

async function pageFirst(event, request) {
  const path = new URL(request.url).pathname;
  const own = await find(PAGES, path);
  const copy = own ?? (path === "/" ? undefined : await find(PAGES, "/chat"));
  try {
    const answer = await (copy ? within(PATIENCE, fetch(request)) : fetch(request));
    // a program that cannot read its database, or a proxy that does not reach the program
    if (own && answer.status >= 500) throw new Error(answer.statusText);
    if (answer.ok && !answer.redirected && !new URL(request.url).search)
      event.waitUntil(keep(PAGES, path, answer.clone(), MOST_PAGES).catch(() => {}));
    else if (answer.status === 404) event.waitUntil(drop(path).catch(() => {}));
    return answer;
  } catch (error) {
    // the first page, if it was never seen with the worker: the squad is there
    if (path === "/" && !copy && (await find(PAGES, "/chat"))) return Response.redirect("/chat", 302);
    if (copy) return marked(copy, own ? Date.parse(copy.headers.get("date")) / 1000 : "");
    throw error;
  }
}

async function find(name, request) {
  try {
    return await (await caches.open(name)).match(request);
  } catch {
    return undefined;
  }
}

async function drop(path) {
  await (await caches.open(PAGES)).delete(path);
}

async function marked(copy, kept) {
  const { status, headers } = copy;
  return new Response((await copy.text()).replace("<html", `<html data-kept="${kept}"`), { status, headers });
}

// A form that nobody got: the page it stands in, which keeps what was typed, instead of the browser's own error page.
function backFrom({ referrer }) {
  return Response.redirect(referrer || "/chat", 303);
}

async function keepPage(request) {
  const answer = await fetch(request);
  if (!answer.ok) return;
  const html = await answer.clone().text();
  await keep(PAGES, new URL(request.url).pathname, answer, MOST_PAGES);
  const named = [...html.matchAll(/"(\/(?:pkg|fonts|icons)\/[^"]+)"/g)].map((match) => match[1]);
  await keepFiles(named);
}

// With the parts of the page's code that are loaded later, which its scripts name; not where data is spared.
async function keepFiles(paths, seen = new Set()) {
  const fresh = new Set(paths.filter((path) => !seen.has(path)));
  fresh.forEach((path) => seen.add(path));
  await Promise.all(
    [...fresh].map(async (path) => {
      const kept = await find(FILES, path);
      const file = kept ?? (await fetch(path));
      if (!file.ok) return;
      const spared = self.navigator.connection?.saveData;
      const script = path.endsWith(".js") && !spared ? await file.clone().text() : "";
      if (!kept) await keep(FILES, path, file, MOST_FILES);
      const named = [...script.matchAll(/"\.\/([\w.-]+\.(?:js|wasm))"/g)];
      await keepFiles(named.map((match) => `/pkg/${match[1]}`), seen);
    }),
  );
}

// The newest stand last; what is over the limit goes from the front.
async function keep(name, request, answer, most) {
  const cache = await caches.open(name);
  await cache.delete(request);
  await cache.put(request, answer);
  const kept = await cache.keys();
  await Promise.all(kept.slice(0, Math.max(0, kept.length - most)).map((old) => cache.delete(old)));
}

function within(milliseconds, promise) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error("the server does not answer")), milliseconds);
    promise.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
