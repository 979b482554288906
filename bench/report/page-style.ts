/** The style of the page, light and dark. */

export const pageStyle = `
:root { color-scheme: light dark; --page: #f6f7f9; --card: #fff; --text: #1c2430; --soft: #5f6b7a; --rule: #e2e6eb; --good: #177245; --bad: #b3372f;
  --c0: #1d5fd6; --c1: #7b8794; --c2: #c77700; --c3: #e0a23c; --c4: #12855f; --c5: #b8336a; --c6: #dd7fa5; --c7: #6a4fb3; }
@media (prefers-color-scheme: dark) { :root { --page: #12161c; --card: #1a2029; --text: #e6eaf0; --soft: #98a4b3; --rule: #2c3440; --good: #56c28c; --bad: #f08078;
  --c0: #6ea8ff; --c1: #8d99a8; --c2: #f0a63c; --c3: #c98a2b; --c4: #4fc79b; --c5: #f27aa8; --c6: #b9547f; --c7: #a992ec; } }
* { box-sizing: border-box; }
body { margin: 0; padding: 2.5rem 1.25rem 4rem; background: var(--page); color: var(--text); font: 15px/1.5 system-ui, -apple-system, "Segoe UI", sans-serif; }
main { max-width: 1180px; margin: 0 auto; }
h1 { margin: 0 0 .25rem; font-size: 1.7rem; letter-spacing: -.01em; }
h2 { margin: 2.5rem 0 .9rem; font-size: 1.15rem; }
h3 { margin: 0; font-size: 1rem; }
p { margin: 0; color: var(--soft); }
.card { background: var(--card); border: 1px solid var(--rule); border-radius: 10px; padding: 1.1rem 1.2rem; }
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 480px), 1fr)); gap: 1.1rem; }
.charts p { font-size: .85rem; margin-bottom: .6rem; }
.legend { display: flex; flex-wrap: wrap; gap: .3rem 1rem; margin: 0 0 .5rem; padding: 0; list-style: none; font-size: .82rem; color: var(--soft); }
.legend svg { width: 22px; height: 8px; margin-right: .4rem; vertical-align: middle; }
svg { display: block; width: 100%; height: auto; overflow: visible; }
.legend svg { display: inline-block; }
.grid { stroke: var(--rule); stroke-width: 1; }
.tick, .axis { fill: var(--soft); font-size: 12px; }
.name, .value { fill: var(--text); font-size: 13px; font-variant-numeric: tabular-nums; }
.line { fill: none; stroke-width: 1.8; stroke-linejoin: round; }
.line.ours { stroke-width: 3; }
.dashed { stroke-dasharray: 5 4; }
.range { stroke: var(--text); stroke-width: 1.5; opacity: .55; }
.goals { display: grid; gap: .55rem; }
.goal { display: grid; grid-template-columns: 4.4rem 1fr auto 9.5rem; gap: 1rem; align-items: baseline; padding: .45rem 0; border-top: 1px solid var(--rule); }
.goal:first-child { border-top: 0; }
.goal b { font-variant-numeric: tabular-nums; white-space: nowrap; }
.goal span { color: var(--soft); white-space: nowrap; }
.met { color: var(--good); } .missed { color: var(--bad); }
.badge { justify-self: end; min-width: 4.2rem; text-align: center; border: 1px solid currentColor; border-radius: 99px; padding: .05rem .6rem; font-size: .8rem; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; font-size: .88rem; }
th, td { padding: .45rem .55rem; text-align: right; border-top: 1px solid var(--rule); white-space: nowrap; vertical-align: top; }
thead th { border-top: 0; color: var(--soft); font-weight: 500; white-space: normal; vertical-align: bottom; }
th:first-child, td:first-child { text-align: left; padding-left: 0; }
td small { display: block; color: var(--soft); font-size: .76rem; }
tr.ours td { font-weight: 600; } tr.ours small { font-weight: 400; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .2rem 1.2rem; margin: 0; font-size: .9rem; }
dt { color: var(--soft); } dd { margin: 0; }
.notes li { color: var(--soft); }
${Array.from({ length: 8 }, (_, colour) => `.line.c${colour} { stroke: var(--c${colour}); } .dot.c${colour}, .bar.c${colour} { fill: var(--c${colour}); }`).join('\n')}
@media (max-width: 640px) { .goal { grid-template-columns: 3.6rem 1fr; } }
`;
