"""The looks of a page: light or dark as the reader's system is, any width from 320 pixels on."""

from __future__ import annotations

CSS = """
:root { color-scheme: light dark; --paper: #f6f7f9; --card: #fff; --ink: #1c2430; --quiet: #5a6675;
  --line: #d9dee5; --s0: #1769c9; --s1: #c75400; --warn: #9a4a00; --warn-paper: #fff3e0; }
@media (prefers-color-scheme: dark) { :root { --paper: #12161c; --card: #1b212a; --ink: #e6eaf0;
  --quiet: #9aa6b5; --line: #333d4a; --s0: #6db1ff; --s1: #ff9d4d; --warn: #ffc27a;
  --warn-paper: #33260f; } }
* { box-sizing: border-box; }
body { margin: 0; overflow-wrap: anywhere; background: var(--paper); color: var(--ink);
  font: 1rem/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif;
  -webkit-text-size-adjust: 100%; }
main { max-width: 76rem; margin: 0 auto; padding: 1rem; }
h1 { font-size: 1.5rem; line-height: 1.25; margin: .25rem 0; }
h2 { font-size: 1.2rem; margin: 2rem 0 .5rem; }
h3 { font-size: 1rem; margin: 0; }
p { margin: .25rem 0 .75rem; max-width: 46rem; }
.quiet, figcaption, .legend { color: var(--quiet); font-size: .9rem; }
code { font: .88em/1.5 ui-monospace, Menlo, Consolas, "DejaVu Sans Mono", monospace; }
h1, code, th, td, dt, dd, li { unicode-bidi: isolate; }
.grid-of { display: grid; gap: .75rem; grid-template-columns: repeat(auto-fill,
  minmax(min(100%, 20rem), 1fr)); }
.facts { display: grid; gap: .75rem; padding: 0; margin: 1rem 0; grid-template-columns:
  repeat(auto-fill, minmax(min(100%, 9.5rem), 1fr)); }
.card, .facts > div { background: var(--card); border: 1px solid var(--line);
  border-radius: .5rem; padding: .75rem; margin: 0; min-width: 0; }
.card > :last-child { margin-bottom: 0; }
.facts dt { color: var(--quiet); font-size: .85rem; }
.facts dd { margin: 0; font-size: 1.25rem; font-weight: 600; line-height: 1.3; }
.facts dd small { display: block; font-size: .8rem; font-weight: 400; color: var(--quiet); }
.pairs { display: grid; gap: .25rem 1rem; margin: 0;
  grid-template-columns: minmax(8rem, 14rem) minmax(0, 1fr); }
.pairs dt { color: var(--quiet); } .pairs dd { margin: 0; }
table { border-collapse: collapse; width: 100%; font-size: .95rem; }
th, td { text-align: left; vertical-align: top; padding: .3rem .5rem .3rem 0;
  border-bottom: 1px solid var(--line); }
thead th { color: var(--quiet); font-weight: 500; font-size: .85rem; }
tbody th { font-weight: 400; }
table .number { text-align: right; padding: .3rem 0 .3rem .5rem; white-space: nowrap;
  font-variant-numeric: tabular-nums; }
table thead .number { white-space: normal; }
tr:last-child > * { border-bottom: 0; }
svg, img { display: block; width: 100%; height: auto; }
.view { display: grid; gap: .5rem; margin: 0 0 .75rem; align-items: start;
  grid-template-columns: repeat(4, minmax(0, 1fr)); }
.view .wide { grid-column: span 2; grid-row: span 2; }
.view figcaption { padding-top: .15rem; } .view figure { margin: 0; min-width: 0; }
.view > h3 { grid-column: 1 / -1; font-weight: 500; }
.view img { border-radius: .25rem; } .few { image-rendering: pixelated; }
.scale { max-width: 30rem; margin: .5rem 0; }
svg text { fill: var(--ink); font-size: 13px; font-variant-numeric: tabular-nums; }
svg .note { fill: var(--quiet); }
svg .end { text-anchor: end; } svg .middle { text-anchor: middle; }
.grid { stroke: var(--line); } .tick { stroke: var(--quiet); }
.line { fill: none; stroke-width: 1.6; stroke-linejoin: round; } .band { opacity: .25; }
.s0.line { stroke: var(--s0); } .s1.line { stroke: var(--s1); }
.s0.band, .s0.dot, .s0.bar { fill: var(--s0); } .s1.band, .s1.dot, .s1.bar { fill: var(--s1); }
.key { display: inline-block; width: .8em; height: .8em; border-radius: .2em; margin-right: .35em; }
.s0.key { background: var(--s0); } .s1.key { background: var(--s1); }
.legend { margin: 0; } .legend span { margin-right: 1rem; white-space: nowrap; }
.warning { background: var(--warn-paper); color: var(--warn); border-radius: .5rem;
  padding: .6rem .75rem; }
.empty { color: var(--quiet); padding: 2rem 0; text-align: center; }
summary { cursor: pointer; padding: .25rem 0; }
@media (max-width: 48rem) { .view { grid-template-columns: repeat(2, minmax(0, 1fr)); } }
@media (max-width: 30rem) { main { padding: .75rem; } .pairs { grid-template-columns: 1fr; gap: 0; }
  .pairs dd { margin-bottom: .5rem; } .facts { grid-template-columns: 1fr 1fr; }
  .card { padding: .6rem; } table { font-size: .875rem; } th, td { padding-right: .35rem; } }
@media print { body { background: none; } .card { break-inside: avoid; } }
"""
