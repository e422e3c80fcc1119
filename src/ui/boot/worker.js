// The service worker (`public/sw.js`) keeps the last conversations, for reading without a network.
if ("serviceWorker" in navigator) {
  // It comes after everything else: what it fetches would share the line with the page's code, until that is live. Where
  // the browser does not allow one, there is none.
  const come = () => navigator.serviceWorker.register("/sw.js").catch(() => {});
  addEventListener("load", () =>
    document.body.dataset.hydrated ? come() : document.addEventListener("live", come, { once: true }),
  );

  // It hears which page is left, and which has a new answer that is seen: asking for a page marks it as read. With it comes
  // the empty page, whose list leads there, where that may have changed.
  let last;
  const keep = (path) => {
    if (navigator.onLine) navigator.serviceWorker.controller?.postMessage({ keep: path });
  };
  const keepBoth = () => {
    keep((last = location.pathname));
    keep("/chat");
  };
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) keepBoth();
  });
  const keepSeen = () => {
    if (!document.hidden && !navigator.connection?.saveData) last == location.pathname ? keep(last) : keepBoth();
  };
  document.addEventListener("answered", keepSeen);
  // a conversation that is gone through on the way to another one is not kept
  let soon;
  document.addEventListener("opened", () => {
    clearTimeout(soon);
    soon = setTimeout(keepSeen, 3000);
  });

  // What is deleted or erased is not kept either. The worker calls them so, too.
  const kept = () => caches.open("pages");
  document.addEventListener("deleted", async ({ detail }) => (await kept()).delete(detail));
  document.addEventListener("erased", () => caches.delete("pages"));

  // A conversation that the page cannot have is loaded from there, if it was kept.
  document.addEventListener("unreachable", async () => {
    if (navigator.serviceWorker.controller && (await caches.match(location.pathname))) location.reload();
  });
}
