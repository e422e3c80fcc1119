// A conversation is read from its end, or from the message that the address asks for: before the page's code is there too.
{
  const thread = document.querySelector(".thread");
  const message =
    thread &&
    /^#[\da-f-]{36}$/.test(location.hash) &&
    thread.querySelector(`[data-id="${location.hash.slice(1)}"]`);
  if (message) message.scrollIntoView();
  else if (thread) thread.parentNode.scrollTop = thread.offsetHeight;

  // A reader who goes up by then stays where she is: `hooks/scroll.rs` reads `moved`.
  if (thread) {
    const view = thread.parentNode;
    let top = view.scrollTop;
    view.addEventListener(
      "scroll",
      () => {
        if (view.scrollTop < top - 1) view.dataset.moved = "";
        top = view.scrollTop;
      },
      { passive: true },
    );
  }
}
