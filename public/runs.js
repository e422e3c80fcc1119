// Keeps the page of runs fresh: when the server says that something changed, and every two seconds while something runs,
// the page is asked for again and its parts are put in the place of the old ones. Without it links and forms do the rest.

const LOOK_EVERY = 2000;
let looking = false, again = false, pause = 1000;

async function look() {
  if (looking) {
    again = true;
    return;
  }
  looking = true;
  try {
    const answer = await fetch(location.href, { headers: { accept: "text/html" } });
    if (answer.ok) {
      const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
      for (const part of document.querySelectorAll("[data-part]")) {
        const next = fresh.getElementById(part.id);
        // what moves by itself goes on moving
        if (!next || next.isEqualNode(part)) continue;
        const focused = part.contains(document.activeElement) && document.activeElement.getAttribute("href");
        part.replaceWith(document.adoptNode(next));
        if (focused) next.querySelector(`[href="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
      }
    }
  } catch {
    // without a network the page stays as it is
  }
  looking = false;
  if (again) {
    again = false;
    look();
  }
}

function listen() {
  const run = document.querySelector("[data-run]")?.dataset.run;
  const socket = new WebSocket(`/runs/feed${run ? `?run=${run}` : ""}`);
  socket.onmessage = () => {
    pause = 1000;
    look();
  };
  socket.onclose = () => {
    setTimeout(listen, pause);
    pause = Math.min(pause * 2, 30000);
  };
}

for (const select of document.querySelectorAll(".runs-filters select")) select.onchange = () => select.form.requestSubmit();
setInterval(() => {
  if (!document.hidden && document.querySelector("[data-live]")) look();
}, LOOK_EVERY);
if (document.querySelector("[data-feed]")) listen();
