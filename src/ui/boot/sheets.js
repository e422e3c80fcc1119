// A press beside a sheet closes it, and nothing more: the browser would press what stands dimmed behind it, too.
{
  let sheet;
  addEventListener(
    "pointerdown",
    ({ target }) => {
      // the width as in the stylesheet
      const top =
        matchMedia("(width < 64rem)").matches && [...document.querySelectorAll("[popover=auto]:popover-open")].pop();
      // a notice (`manual`) stands above all sheets
      sheet = top && !top.contains(target) && !target.closest("[popover=manual]") && top;
    },
    true,
  );
  addEventListener(
    "click",
    (event) => {
      // a click of the keyboard has no `detail`
      if (sheet && event.detail) {
        event.preventDefault();
        event.stopImmediatePropagation();
        sheet.hidePopover();
      }
      sheet = 0;
    },
    true,
  );
}
