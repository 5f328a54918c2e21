"""The frame of every page: one document without scripts, its style, and what a browser may load."""

from __future__ import annotations

import base64
import hashlib
from html import escape

from bot.views.blocks import clean

STYLE = """
:root {
  color-scheme: light dark;
  --page: #f4f6f9; --card: #ffffff; --ink: #17212e; --soft: #566274; --line: #d5dce5;
  --edge: #7b8798; --brand: #1f3a5f; --on-brand: #ffffff; --brand-over: #2c5183;
  --note: #eef3fa; --ring: #2f6fd0; --bad: #b3261e; --bad-back: #fdf1f0; --good: #1b6e3c;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #10151c; --card: #1a212b; --ink: #e8edf3; --soft: #a5b1c0; --line: #303a47;
    --edge: #74808f; --brand: #a9c7f2; --on-brand: #10203a; --brand-over: #c5dafa;
    --note: #212c3a; --ring: #7fb0f5; --bad: #ffb4ab; --bad-back: #3a2320; --good: #86d6a2;
  }
}
* { box-sizing: border-box; }
html { background: var(--page); color: var(--ink); -webkit-text-size-adjust: 100%; }
body {
  margin: 0; padding: 2.5rem 1rem 3rem;
  font: 1rem/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Liberation Sans", sans-serif;
}
main, .app { max-width: 33rem; margin-inline: auto; }
.app {
  display: flex; align-items: center; gap: .6rem;
  margin-bottom: 1rem; font-weight: 600; color: var(--soft);
}
.app::before {
  content: ""; width: .8rem; height: .8rem; border-radius: .22rem; background: var(--brand);
}
main {
  background: var(--card); border: 1px solid var(--line); border-radius: .9rem;
  padding: 1.75rem 2rem 2rem; box-shadow: 0 .5rem 1.75rem rgb(16 30 52 / .07);
}
h1 { margin: 0 0 .75rem; font-size: 1.5rem; line-height: 1.25; letter-spacing: -.012em; }
h2 { margin: 0 0 .4rem; font-size: 1rem; line-height: 1.4; }
p { margin: 0 0 .9rem; }
a { color: inherit; }
.soft, .hint { color: var(--soft); font-size: .9375rem; }
.who { margin: 1.25rem 0 1.5rem; padding: 1rem 1.15rem; border-radius: .6rem;
  background: var(--note); border-inline-start: .3rem solid var(--brand); }
dl { margin: 0 0 .75rem; display: grid; grid-template-columns: max-content 1fr; gap: .3rem 1.1rem; }
dt { color: var(--soft); align-self: baseline; }
dd { margin: 0; font-weight: 650; overflow-wrap: anywhere; align-self: baseline; }
dd small { font-size: .875rem; font-weight: 400; color: var(--soft); }
.person { font-size: 1.3rem; line-height: 1.3; }
.who p:last-child, main > :last-child { margin-bottom: 0; }
.field { margin-bottom: 1.25rem; }
label { display: block; font-weight: 600; }
.hint { margin: .1rem 0 .45rem; }
input[type=password], select {
  width: 100%; font: inherit; color: inherit; background: var(--card);
  padding: .65rem .75rem; border: 1px solid var(--edge); border-radius: .45rem;
}
.tick { display: flex; gap: .65rem; align-items: start; }
.tick input { flex: none; width: 1.15rem; height: 1.15rem; margin: .2rem 0 0; }
input[aria-invalid=true] { border: 2px solid var(--bad); }
.wrong {
  margin: 0 0 1.5rem; padding: .9rem 1.15rem; border-radius: .6rem;
  background: var(--bad-back); border-inline-start: .3rem solid var(--bad);
}
.wrong h2 { color: var(--bad); }
.wrong p { margin: 0 0 .35rem; }
.wrong p:last-child { margin: 0; }
button {
  width: 100%; font: inherit; font-weight: 650; cursor: pointer; border: 0;
  border-radius: .45rem; padding: .75rem 1rem; color: var(--on-brand); background: var(--brand);
}
button:hover { background: var(--brand-over); }
:focus-visible { outline: 3px solid var(--ring); outline-offset: 2px; }
details { margin: 1.5rem 0 1.1rem; padding-top: 1.1rem; border-top: 1px solid var(--line); }
summary { cursor: pointer; font-weight: 600; }
details p { margin: .75rem 0 0; }
code { font: .9em ui-monospace, "SF Mono", "Liberation Mono", monospace; overflow-wrap: anywhere; }
.good { color: var(--good); }
@media (max-width: 30rem) {
  body { padding: 1rem .75rem 2rem; }
  main { padding: 1.25rem 1.1rem 1.4rem; }
  dl { grid-template-columns: 1fr; gap: 0; }
  dd { margin-bottom: .5rem; }
}
@media (forced-colors: active) {
  button, .who, .wrong { border: 1px solid; }
}
"""
_HASH = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()

POLICY = "; ".join(
    (
        "default-src 'none'",
        f"style-src 'sha256-{_HASH}'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
"""What a browser may load for a page: its one style, by digest. And where a form may go."""


def page(title: str, *content: str) -> str:
    """Return a whole page; `content` is markup, `title` is not."""
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="robots" content="noindex, nofollow">\n'
        f"<title>{text(title)}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n"
        '<p class="app">CRM Attach for Slack</p>\n'
        f"<main>\n{joined(*content)}\n</main>\n</body>\n</html>\n"
    )


def text(outside: str) -> str:
    """Return outside text as one line of inert markup, without direction and control marks."""
    return escape(clean(outside))


def joined(*parts: str) -> str:
    """Return parts of markup, a line each, without those that are empty."""
    return "\n".join(part for part in parts if part)


def paragraph(markup: str, kind: str = "") -> str:
    return f'<p class="{kind}">{markup}</p>' if kind else f"<p>{markup}</p>"
