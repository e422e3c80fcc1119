// A block that grows gets its new words beside the former ones, which stay what they are: so what a reader has selected in
// it stays selected. `ui/platform` tells what stands in it from now on.
{
  document.addEventListener("grow", ({ target, detail }) => {
    const shell = (node) => node.cloneNode(false);
    const grow = (block, now) => {
      let was = block.firstChild;
      for (const next of [...now.childNodes]) {
        const after = was?.nextSibling;
        if (!was) block.append(next);
        // what it says for a moment is its own
        else if (!was.isEqualNode(next) && was.className != "code-copy") {
          if (was.nodeType == 3 && next.data?.startsWith(was.data)) was.appendData(next.data.slice(was.length));
          else if (was.nodeType == 1 && shell(was).isEqualNode(shell(next))) grow(was, next);
          else was.replaceWith(next);
        }
        was = after;
      }
      while (was) {
        const after = was.nextSibling;
        was.remove();
        was = after;
      }
    };
    const now = document.createElement("template");
    now.innerHTML = detail;
    grow(target, now.content);
  });
}
