"""Pages for who has no session yet: plain HTML of this server, without a script."""

from html import escape

FRAME = """<!DOCTYPE html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>{title} · Regulens</title>
    <link rel="icon" type="image/svg+xml" href="/assets/favicon.svg">
    <link rel="stylesheet" href="/assets/sign_in.css">
  </head>
  <body class="sign-in-page">
    <main class="sign-in-card">
      <p class="sign-in-brand"><img src="/assets/favicon.svg" alt="" width="28" height="28"> Regulens</p>
      <h1>{title}</h1>
      {content}
    </main>
  </body>
</html>
"""
FORM = """<form method="post" action="/sign-in">
        <input type="hidden" name="next" value="{next}">
        <label for="name">Name</label>
        <input id="name" name="name" value="{name}" autocomplete="username" autocapitalize="none" spellcheck="false"
          maxlength="64" required{first}{wrong}>
        <label for="password">Password</label>
        <input id="password" name="password" type="password" autocomplete="current-password" maxlength="200"
          required{second}{wrong}>
        {error}
        <button type="submit">Sign in</button>
      </form>
      <p class="sign-in-note">No account, or the password is forgotten? Whoever runs this Regulens can help:
        <code>python -m backend.access --help</code>.</p>"""
ERROR = '<p class="sign-in-error" id="sign-in-error" role="alert">{}</p>'
PROXY = """<p>This Regulens leaves signing in to the server in front of it, and your request has come
        without a name from there.</p>
      <p>Open the address that your lab gave you for Regulens, not this server's own. If you have, tell whoever runs it:
        the proxy must send <code>X-Forwarded-User</code> and <code>X-Regulens-Proxy-Secret</code>.</p>"""


def sign_in_page(*, next_path: str, name: str = "", error: str = "") -> str:
    """Write the form; after a mistake the name stays, and the password is where one goes on."""
    form = FORM.format(
        next=escape(next_path, quote=True),
        name=escape(name, quote=True),
        first="" if name else " autofocus",
        second=" autofocus" if name else "",
        wrong=' aria-invalid="true" aria-describedby="sign-in-error"' if error else "",
        error=ERROR.format(escape(error)) if error else "",
    )
    return FRAME.format(title="Sign in", content=form)


def proxy_page() -> str:
    """Say that the proxy has not signed anybody in."""
    return FRAME.format(title="Not signed in", content=PROXY)
