/** The look of a report's page, light. */
export const STYLE: string = `
:root{color-scheme:light dark;--bg:#fcfcfa;--card:#fff;--fg:#1b1f24;--soft:#5c6570;--line:#e6e8eb}
body{margin:0 auto;max-width:1560px;padding:32px 24px 48px;background:var(--bg);color:var(--fg);font:15px/1.5 system-ui,sans-serif}
h1{margin:0;font-size:24px;letter-spacing:-.01em}h2{margin:0;font-size:17px}
p{margin:4px 0 0;color:var(--soft)}svg{display:block;width:100%;height:auto}
main{display:grid;gap:20px;grid-template-columns:repeat(auto-fit,minmax(min(100%,600px),1fr));margin-top:20px}
figure,section{margin:0;padding:20px;background:var(--card);border:1px solid var(--line);border-radius:12px;min-width:0}
section{grid-column:1/-1}figcaption{margin-bottom:12px}figcaption p{font-size:13px}
.g{stroke:var(--line)}.a{fill:var(--soft);font-size:12px}.s{opacity:.8;font-size:11px}.m{text-anchor:middle}.e{text-anchor:end}
.l{fill:none;stroke:var(--c);stroke-width:var(--w);stroke-dasharray:var(--d);stroke-linejoin:round;stroke-linecap:round;marker:var(--m)}
.k{fill:none;stroke:var(--c);stroke-opacity:.4;marker-end:var(--m)}.n{fill:var(--c);font-size:13px;font-weight:600}.v{fill:var(--soft);font-weight:400;font-size:12px}
g:hover .l{stroke-width:5}path.f{fill:var(--c);stroke:var(--card);stroke-width:1}
details{margin-top:12px;font-size:13px}summary{cursor:pointer;color:var(--soft)}
.t{overflow-x:auto}table{border-collapse:collapse;font-variant-numeric:tabular-nums;margin-top:8px}
th,td{padding:3px 12px 3px 0;text-align:right;white-space:nowrap;font-weight:400}th:first-child{text-align:left}thead th{color:var(--soft)}
dl{display:grid;grid-template-columns:max-content 1fr max-content;gap:7px 14px;align-items:center;margin:14px 0 0}
dt{font-weight:600;color:var(--c)}dd{margin:0;font-variant-numeric:tabular-nums}
.b{height:10px;border-radius:5px;background:var(--c)}
`
/** The colours that differ on a dark page. */
export const DARK: string = '--bg:#0f1216;--card:#161a20;--fg:#e8eaed;--soft:#9aa4b0;--line:#2a3038'
