// Loads the page's code and starts it; until then nothing that the artist does is lost.
{
  const js = "$JS";
  const wasm = "$WASM";

  // The code runs, or is about to.
  let live;
  // The words that the browser itself has sent, none for another form; `null` again once nobody waits for the answer.
  let sent;
  // Starts the code, once it is loaded.
  let begin;
  // How long until code that did not come is asked for again.
  const soon = 1e3;
  let wait = soon;

  // A page whose form was sent is left alone: the next one is on its way.
  const start = () => {
    if (sent == null && begin) {
      live = 1;
      begin();
    }
  };

  const field = () => document.querySelector(".composer-field");
  const conversation = () => location.pathname.split("/")[2];
  // What stands in the composer and was not sent.
  const rest = () => {
    const words = field()?.value ?? "";
    return sent && words.startsWith(sent) ? words.slice(sent.length) : words;
  };

  // Pressed before the page is live
  //
  // The button that was pressed last, where only the code can do what it is for, is pressed again once the page is live,
  // unless something else was done since. ↑ is such a press too: what is typed after it is no new message.
  let late;
  const forget = () => {
    if (late) late.ariaBusy = null;
    late = 0;
  };
  addEventListener("input", forget);
  addEventListener("keydown", ({ key, target }) => {
    if (target != document.body) forget();
    if (live || key != "ArrowUp" || target != field() || target.value) return;
    late = [...document.querySelectorAll(".edit")].pop();
    if (late) target.blur();
  });
  addEventListener("click", ({ target }) => {
    forget();
    const button = !live && target.closest("button[type=button]:not([popovertarget])");
    if (button) {
      late = button;
      button.ariaBusy = "true";
    }
  });
  document.addEventListener(
    "live",
    () => {
      const button = late;
      forget();
      if (button) button.click();
    },
    { once: true },
  );

  // Sent before the page is live
  //
  // A message is put into the outbox (`chat/state/outbox.rs` says in what form) with the form's own id: nobody may get it.
  // The program tells by a cookie that it did (`answered.js`); else the next page that is live sends it again, and it is
  // taken once.
  addEventListener("submit", (event) => {
    if (live) return;
    const { target, submitter } = event;
    if (target.method != "post") return event.preventDefault();
    target.ariaBusy = "true";
    sent = "";
    const { message, client_message_id: id, coach } = target.elements;
    const open = conversation();
    if (id && message.value.trim() && !submitter?.name)
      try {
        const key = "squad.outbox.";
        const words = "\n" + message.value.trim();
        const item = localStorage[key + id.value];
        // a kept copy of a page has the same id each time: other words with it take a new one
        if (item && !item.endsWith(words)) id.value = crypto.randomUUID();
        sent = message.value;
        const place = open ? "in " + open : "new " + id.value;
        localStorage[key + id.value] = `message ${id.value} ${Date.now()} ${place} ${coach?.value ?? ""}` + words;
      } catch {}
    // a page that is still there long after the program has given up (`server/form.rs`) goes on by itself
    setTimeout(() => {
      if (field()) field().value = rest();
      sent = target.ariaBusy = null;
      start();
    }, 45e3);
  });
  // Enter sends, as it will (`hooks/keyboard.rs`).
  addEventListener("keydown", (event) => {
    const { key, target, shiftKey, altKey, isComposing, keyCode } = event;
    const composes = isComposing || keyCode == 229;
    if (live || key != "Enter" || shiftKey || altKey || composes || target != field()) return;
    if (matchMedia("(pointer: coarse)").matches) return;
    event.preventDefault();
    if (sent == null && target.value.trim()) target.form.requestSubmit();
  });
  // Tells the program that nobody has to wait for the whole answer, where the code can run and has not failed to come.
  addEventListener("formdata", ({ target, formData }) => {
    if (target.method == "post" && self.WebAssembly && wait == soon) formData.set("live", 1);
  });
  addEventListener("pageshow", (event) => {
    if (event.persisted && sent != null) location.reload();
  });

  // Typed before the page is live
  //
  // What else stands in a page that goes by then is kept as a draft.
  addEventListener("pagehide", () => {
    const words = !live && rest();
    if (words && words.trim())
      try {
        const key = "squad.draft." + (conversation() || "new");
        const draft = localStorage[key] || "";
        if (!draft.includes(words)) localStorage[key] = draft ? draft + "\n" + words : words;
      } catch {}
  });

  // Loading
  //
  // Code that does not come is asked for again, later and later: by `fetch` first, because many browsers remember for a
  // page's whole life that a module could not be loaded.
  const file = (url) =>
    fetch(url).then((answer) => {
      if (!answer.ok) throw TypeError(url);
      return answer;
    });
  const text = (url) => file(url).then((answer) => answer.text());
  // with its parts that are files of their own, which it names
  const script = () =>
    text(js)
      .then((code) =>
        Promise.all([...new Set(code.match(/__wasm_split\.[\w-]+\.js/g))].map((name) => text(`/pkg/${name}`))),
      )
      .then(() => import(js));

  let asked;
  const go = () =>
    (asked ??= Promise.all([script(), file(wasm)])
      .then(([code, module_or_path]) =>
        code.default({ module_or_path }).then(() => {
          const ready = () => {
            begin = () => {
              begin = 0;
              code.hydrate();
            };
            start();
          };
          // Code that is in the browser's cache is there before a page that comes slowly: what it is taken over with stands
          // at its end.
          document.readyState == "loading"
            ? addEventListener("DOMContentLoaded", ready)
            : document.hidden
              ? ready()
              : setTimeout(ready);
        }),
      )
      .catch((gone) => {
        setTimeout(() => {
          asked = null;
          go();
        }, (wait *= 2));
        // where the code cannot run, the page is loaded anew until its answer is there
        if (!(gone instanceof TypeError))
          setTimeout(() => {
            if (!field()?.value && document.querySelector(".composer-running")) location.reload();
          }, 5e3);
        throw gone;
      }));

  // Once the page's words are seen, with which it would share the line and the processor: a frame that was asked for is not
  // there yet. A page in the background draws nothing, and none waits for ever.
  document.hidden ? go() : new PerformanceObserver(go).observe({ type: "paint", buffered: true });
  setTimeout(go, 2000);
}
