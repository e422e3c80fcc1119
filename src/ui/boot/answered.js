// What the program has answered needs not be sent again (`code.js` has put it into the outbox): a cookie names it.
{
  const id = document.cookie.match(/\b$ANSWERED=([\da-f-]{36})/)?.[1];
  if (id)
    try {
      document.cookie = "$ANSWERED=;Path=/chat;Max-Age=0";
      localStorage.removeItem("squad.outbox." + id);
    } catch {}
}
