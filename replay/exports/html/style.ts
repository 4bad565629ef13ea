/** Calm and dense; content is the brightest thing. System fonts: the file takes nothing along and fetches nothing. */
export const STYLE = `
:root{color-scheme:light dark;
--page:light-dark(#f6f7f9,#15181d);--content:light-dark(#fff,#0d0f12);--line:light-dark(#d9dde2,#2a2f37);
--ink:light-dark(#14181d,#edf0f3);--soft:light-dark(#414a54,#b9c1ca);--quiet:light-dark(#5a646f,#959faa);
--accent:light-dark(#0a6858,#3ecfb2);--bars:light-dark(#5f8f86,#4f9c8d);--idle:light-dark(#e4e7eb,#22272e);
--failure:light-dark(#b3261e,#ff7d72);--failure-ground:light-dark(#fbe9e7,#34191a);
--signal:light-dark(#7a4b00,#e9b04a);--signal-ground:light-dark(#fbeccb,#372a10);--turn:light-dark(#eef4f2,#14221f);
--p-typed:light-dark(#0a6858,#3ecfb2);--p-completed:light-dark(#3f9a86,#277a69);--p-moved:light-dark(#93c7ba,#1b5147);
--p-ai:light-dark(#5b63b7,#9aa2f5);--p-pasted:light-dark(#c27c0e,#e9b04a);--p-program:light-dark(#8a6f9e,#bf9fd6);
--p-given:light-dark(#aab2bb,#5b6570);--p-unexplained:light-dark(#d9dde2,#353c46);
--mono:ui-monospace,"JetBrains Mono","SF Mono",Menlo,Consolas,"DejaVu Sans Mono",monospace}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%;print-color-adjust:exact;-webkit-print-color-adjust:exact}
body{margin:0 auto;max-width:1040px;padding:32px 24px 64px;background:var(--page);color:var(--soft);overflow-wrap:break-word;
font:14px/1.5 system-ui,-apple-system,"Segoe UI",Inter,Roboto,sans-serif;font-variant-numeric:tabular-nums}
h1,h2,h3,p,ul,ol,dl,dd,figure,pre{margin:0;padding:0}
ul,ol{list-style:none}
small{font-size:12px;color:var(--quiet);font-weight:400;overflow-wrap:anywhere;unicode-bidi:isolate}
a{color:inherit}
code,pre{font-family:var(--mono);font-size:12.5px;font-variant-ligatures:none}
.theirs{unicode-bidi:isolate;overflow-wrap:anywhere;color:var(--ink)}
.u{font:10px var(--mono);border:1px solid currentColor;border-radius:3px;padding:0 2px;color:var(--signal);unicode-bidi:isolate}
.kicker{font-size:12px;color:var(--quiet)}
h1{font-size:24px;line-height:32px;font-weight:600;color:var(--ink);overflow-wrap:anywhere;unicode-bidi:isolate}
.facts{display:flex;flex-wrap:wrap;gap:8px 32px;margin-top:16px}
dt{font-size:12px;color:var(--quiet)}
.facts dd{color:var(--ink);overflow-wrap:anywhere;unicode-bidi:isolate}
.notice,.cut{margin-top:12px;padding:4px 8px;border-left:3px solid var(--signal);background:var(--signal-ground);color:var(--signal)}
span.cut{display:block;margin:4px 0;white-space:normal;font:12px/1.5 system-ui,sans-serif}
.summary{margin-top:24px;padding-top:24px;border-top:1px solid var(--line)}
.spoken{max-width:68ch;font-size:16px;line-height:26px;color:var(--ink);overflow-wrap:anywhere}
.tiles{display:grid;grid-template-columns:repeat(8,1fr);margin-top:24px;background:var(--content);
border:1px solid var(--line);border-radius:6px;overflow:hidden}
.tiles div{padding:12px;box-shadow:-1px -1px 0 var(--line)}
.tiles dd{font-size:18px;line-height:24px;color:var(--ink);white-space:nowrap}
.tiles small{display:block;line-height:16px;white-space:normal}
nav{display:flex;flex-wrap:wrap;gap:4px 20px;margin-top:24px;font-size:13px}
nav a{color:var(--accent);text-decoration:none}
nav a:hover{text-decoration:underline}
section{margin-top:40px}
h2{padding-bottom:8px;margin-bottom:12px;border-bottom:1px solid var(--line);font-size:17px;line-height:24px;font-weight:600;color:var(--ink)}
h3{font-size:13px;line-height:20px;font-weight:600;color:var(--soft)}
time{color:var(--quiet);font-weight:400;font-size:12px}
figure{margin-top:20px}
figcaption{margin-bottom:4px;font-size:13px;font-weight:600;color:var(--soft)}
svg{display:block;width:100%;height:22px;background:var(--content)}
.lane{display:grid;grid-template-columns:112px 1fr;align-items:center;gap:12px;margin-top:3px;font-size:12px}
.lane span{display:flex;justify-content:space-between;gap:8px;color:var(--soft)}
.tall svg{height:56px}
.axis{position:relative;height:18px;margin:4px 0 0 124px;font-size:11px;color:var(--quiet);overflow:hidden}
.axis span{position:absolute;transform:translateX(-50%);white-space:nowrap}
.axis .from{transform:none}
.axis .to{transform:translateX(-100%)}
.bars{fill:var(--bars)}.idle{fill:var(--idle)}
path.passed{fill:var(--accent)}path.failed{fill:var(--failure)}
.key{display:inline-block;width:9px;height:9px;margin:0 6px 0 0;border-radius:2px}
.key.passed{background:var(--accent)}.key.failed{background:var(--failure);margin-left:8px}
.provenance svg{height:20px;border-radius:4px}
.provenance ul{display:flex;flex-wrap:wrap;gap:4px 24px;margin-top:8px;font-size:13px}
.provenance b{color:var(--ink)}
${['typed', 'completed', 'moved', 'ai', 'pasted', 'program', 'given', 'unexplained']
  .map((name) => `path.p-${name}{fill:var(--p-${name})}i.p-${name}{background:var(--p-${name})}`)
  .join('')}
.rows li{display:grid;grid-template-columns:64px minmax(0,1fr);gap:8px;padding:3px 0;border-bottom:1px solid var(--line)}
.rows li:last-child{border-bottom:0}
.rows time{padding-top:2px}
.rows b{font-weight:600;color:var(--ink)}
.rows p{white-space:pre-wrap}
.moments .quiet b{font-weight:400;color:var(--soft)}
.moments .quiet .theirs{color:var(--soft)}
.moments .failed .theirs{color:var(--failure)}
.moments .passed .theirs{color:var(--accent)}
.flag b,b.flag{color:var(--signal)}
.quiet{color:var(--quiet)}
.empty{color:var(--quiet)}
.plain li{padding:2px 0}
.chip{padding:0 6px;border-radius:4px;background:var(--idle);color:var(--soft);font-size:12px;font-weight:600;white-space:nowrap}
.chip.passed{color:var(--accent)}
.chip.failed{color:var(--failure);background:var(--failure-ground)}
article{margin-top:16px}
.printed{margin-top:4px;padding:8px 12px;background:var(--content);border:1px solid var(--line);border-radius:4px;color:var(--ink);
white-space:pre-wrap;overflow-wrap:anywhere;line-height:18px;unicode-bidi:isolate}
.failure{margin-top:6px}
.failure b{color:var(--failure)}
.passes{margin-top:6px;font-size:13px}
.passes>span{margin-right:12px}
.passes b{color:var(--accent)}
.turn .text{margin-top:4px;padding:10px 14px;max-width:80ch;background:var(--content);border:1px solid var(--line);border-radius:6px;white-space:pre-wrap}
.turn.user .text{background:var(--turn)}
.turn.assistant,.turn.system{margin-left:32px}
table{width:100%;margin-top:12px;border-collapse:collapse;font-size:13px}
caption{padding:12px 0 4px;text-align:left;font-weight:600}
th{text-align:left;font-size:12px;font-weight:400;color:var(--quiet)}
.facts-table td:first-child{width:64px}
.facts-table td:nth-child(2){white-space:nowrap}
.facts-table td:last-child{width:72px;color:var(--quiet);font-size:12px}
th,td{padding:3px 12px 3px 0;border-bottom:1px solid var(--line);vertical-align:top}
.command h3{font-weight:400}
.command small{color:var(--quiet)}
.command+.quiet{margin-top:16px}
.command h3 code{font-weight:600}
.file h3 code{font-size:13px}
.code{counter-reset:line;margin-top:4px;padding:8px 0;background:var(--content);border:1px solid var(--line);border-radius:4px;color:var(--ink);line-height:18px}
.code span{display:block;counter-increment:line;position:relative;padding:0 12px 0 calc(var(--digits)*1ch + 32px);
white-space:pre-wrap;overflow-wrap:anywhere;tab-size:4;unicode-bidi:isolate}
.code span::before{content:counter(line);position:absolute;left:0;width:calc(var(--digits)*1ch + 16px);text-align:right;color:var(--quiet);
-webkit-user-select:none;user-select:none}
footer{margin-top:48px;padding-top:12px;border-top:1px solid var(--line);font-size:12px;color:var(--quiet)}
@media print,(max-width:960px){.tiles{grid-template-columns:repeat(4,1fr)}}
@media (max-width:600px){
body{padding:20px 16px 48px}
.lane{grid-template-columns:84px 1fr;gap:8px}
.axis{margin-left:92px}
.facts{gap:8px 20px}
.tiles{grid-template-columns:repeat(2,1fr)}
.turn.assistant,.turn.system{margin-left:12px}
.rows li{grid-template-columns:48px minmax(0,1fr)}
.facts-table td:nth-child(2){white-space:normal}
.spoken{font-size:15px;line-height:24px}
th,td{padding-right:8px}
}
@media print{
:root{color-scheme:light}
@page{margin:16mm 14mm}
body{max-width:none;padding:0;background:#fff;font-size:10.5pt}
nav{display:none}
section{margin-top:24pt}
h2,h3,figcaption,caption{break-after:avoid}
figure,.tiles,.rows li,tr,.failure,.command{break-inside:avoid}
#code{break-before:page}
.code,.printed,.turn .text{font-size:8.5pt;line-height:12pt;box-decoration-break:clone;-webkit-box-decoration-break:clone}
.code span{orphans:2;widows:2}
.spoken{font-size:11.5pt;line-height:17pt}
thead{display:table-header-group}
}
`
