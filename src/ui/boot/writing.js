// Whoever has a keyboard writes at once.
{
  if (!matchMedia("(pointer: coarse)").matches && document.activeElement == document.body)
    document.querySelector(".composer-field")?.focus({ preventScroll: true });
}
