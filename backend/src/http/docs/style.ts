/** Style of the docs page: dark or light as the system says, readable on a phone, no web fonts. */
export const DOCS_STYLE = `
:root { color-scheme: dark light; --back: light-dark(#fafafc, #0c0d14); --panel: light-dark(#f0f0f5, #14161f);
  --text: light-dark(#1b1d27, #d9dbe6); --dim: light-dark(#5b5f70, #9196a8); --line: light-dark(#d8d9e2, #262a38);
  --accent: light-dark(#5b3fd6, #a995ff); }
* { box-sizing: border-box; }
body { margin: 0; display: grid; grid-template-columns: 16rem minmax(0, 1fr); background: var(--back); color: var(--text);
  font: 0.95rem/1.55 system-ui, sans-serif; }
nav { position: sticky; top: 0; height: 100vh; overflow: auto; padding: 1.25rem; background: var(--panel); font-size: 0.85rem; }
nav h2 { margin: 1.25rem 0 0.25rem; font-size: 0.7rem; letter-spacing: 0.08em; text-transform: uppercase; color: var(--dim); }
nav ul { margin: 0; padding: 0; list-style: none; }
nav a { color: inherit; text-decoration: none; } nav a:hover { color: var(--accent); }
.home { font-weight: 600; font-size: 1rem; }
main { padding: 2rem clamp(1rem, 4vw, 3rem); max-width: 64rem; }
h1 small { color: var(--dim); font-weight: 400; }
section > h2 { margin-top: 3rem; border-bottom: 1px solid var(--line); padding-bottom: 0.4rem; }
article { margin: 2rem 0; scroll-margin-top: 1rem; }
article:target h3 { color: var(--accent); }
a { color: var(--accent); } a:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
table { width: 100%; border-collapse: collapse; margin: 0.75rem 0; }
caption { text-align: left; color: var(--dim); font-size: 0.8rem; }
th, td { text-align: left; vertical-align: top; padding: 0.35rem 0.75rem 0.35rem 0; border-top: 1px solid var(--line); }
th { font-weight: 500; white-space: nowrap; }
code { font: 0.88em/1.4 ui-monospace, monospace; overflow-wrap: anywhere; }
pre { background: var(--panel); border: 1px solid var(--line); border-radius: 0.5rem; padding: 0.75rem 1rem; overflow-x: auto; }
pre code { overflow-wrap: normal; }
.call b { display: inline-block; min-width: 4.2rem; color: var(--accent); }
@media (max-width: 50rem) { body { display: block; } nav { position: static; height: auto; max-height: 40vh; } }
`;
