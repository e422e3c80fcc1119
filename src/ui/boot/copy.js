// Of a copy that the service worker had: nobody could be reached, whatever it looked like when it was kept.
{
  const presence = document.querySelector("[data-kept] .presence");
  if (presence) {
    presence.dataset.state = "offline";
    // its words, between the marks of the page's code
    for (const node of presence.childNodes) if (node.nodeType == 3) node.data = $OFFLINE;
  }
}
