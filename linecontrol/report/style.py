"""How the report looks: grey for what is normal, colour and a sign for what is not."""

from typing import Final

STYLE: Final = """
:root { --ink: #1c1d1f; --soft: #63666b; --line: #d5d7da; --wash: #f4f5f6; --bad: #a01622;
  --drift: #8a5a00; }
* { box-sizing: border-box; }
html { background: #e9eaec; }
body { margin: 0; color: var(--ink); font: 14px/1.5 "Source Sans 3", "Segoe UI", "Helvetica Neue",
  "Liberation Sans", Arial, sans-serif; font-variant-numeric: tabular-nums lining-nums; }
main { max-width: 1120px; margin: 0 auto; padding: 40px 48px 56px; background: #fff; }
h1 { margin: 0; font-size: 44px; line-height: 1.1; font-weight: 600; letter-spacing: -0.01em; }
h2 { margin: 44px 0 14px; padding-top: 10px; border-top: 2px solid var(--ink); font-size: 21px;
  font-weight: 600; }
h3 { margin: 26px 0 8px; font-size: 15px; font-weight: 600; }
h4 { margin: 24px 0 8px; font-size: 14px; font-weight: 600; }
p { margin: 0 0 8px; max-width: 78ch; }
code, .mono { font-family: "SF Mono", Consolas, "Liberation Mono", monospace; font-size: 0.84em;
  color: var(--soft); }
.banner { margin: -40px -48px 32px; padding: 12px 48px; color: #fff; background: #2a2b2e;
  -webkit-print-color-adjust: exact; print-color-adjust: exact; }
.banner strong { margin-right: 12px; letter-spacing: 0.14em; }
.kicker { margin: 0; color: var(--soft); font-size: 13px; letter-spacing: 0.08em;
  text-transform: uppercase; }
.flow { margin: 8px 0 0; font-size: 19px; }
.route { margin: 4px 0 0; color: var(--soft); }
.development { color: var(--ink); font-weight: 600; }
.note, .quiet { color: var(--soft); }
.note { max-width: 118ch; font-size: 13px; }
.cost { font-size: 15px; }

.facts { display: grid; grid-template-columns: 1fr 1fr; gap: 0 40px; margin: 0 0 18px; }
.facts div { display: grid; grid-template-columns: 118px 1fr; padding: 5px 0;
  border-bottom: 1px solid var(--line); }
.facts dt { color: var(--soft); }
.facts dd { margin: 0; overflow-wrap: anywhere; }
.findings { margin: 0 0 16px; padding: 0; list-style: none; }
.findings li { display: grid; grid-template-columns: 24px 1fr; padding: 5px 0; }
.findings li > div { max-width: 100ch; overflow-wrap: anywhere; }
.grave { color: var(--bad); font-weight: 700; }
.drift { color: var(--drift); font-weight: 700; }

table { width: 100%; border-collapse: collapse; font-size: 13px; line-height: 1.4; }
th { padding: 5px 10px 5px 0; color: var(--soft); font-weight: 500; text-align: left;
  vertical-align: bottom; }
thead th { border-bottom: 1px solid var(--ink); }
td { padding: 4px 10px 4px 0; border-bottom: 1px solid var(--line); vertical-align: top; }
thead { display: table-header-group; }
tr { break-inside: avoid; }
.time { white-space: nowrap; }
details > summary { cursor: pointer; list-style-position: outside; }
details.wafer { margin: 0 0 18px; }
details.wafer > summary { padding: 6px 0; font-size: 15px; }

.claim { margin: 0 0 20px; }
.claim > summary { display: flex; gap: 12px; align-items: baseline; padding: 5px 0;
  border-bottom: 1px solid var(--ink); }
.claim-number { min-width: 70px; font-weight: 600; }
.claim-of { color: var(--soft); font-size: 13px; }
.tally { margin-left: auto; white-space: nowrap; font-size: 13px; }
.tally span + span { margin-left: 12px; }
.chart .element { width: 160px; }
.chart .verdict { width: 104px; white-space: nowrap; }
.chart .evidence { overflow-wrap: anywhere; }
.chart .wafer th { padding-top: 10px; color: var(--ink); font-weight: 600; }
.v-shown { color: var(--ink); }
.v-not-shown { color: var(--drift); font-weight: 600; }
.v-contradicted { color: var(--bad); font-weight: 700; }

.metrology { margin: 0 0 24px; }
.metrology .step th { padding-top: 12px; color: var(--ink); font-weight: 600; }
.metrology .metric code { margin-left: 4px; font-size: 11px; }
.metrology .unit, .metrology .window { color: var(--soft); white-space: nowrap; }
.metrology .value, .metrology .wafer-id { text-align: right; white-space: nowrap; }
.metrology .value { padding-right: 6px; padding-left: 6px; }
.metrology .wafer-id { padding-right: 6px; color: var(--ink); }
.none { color: var(--soft); }
.out-of-control { color: var(--drift); font-weight: 700; box-shadow: inset 0 -2px 0 var(--drift); }
.out-of-spec { color: #fff; background: var(--bad); font-weight: 700; padding-left: 6px;
  -webkit-print-color-adjust: exact; print-color-adjust: exact; }
span.out-of-spec, span.out-of-control { padding: 1px 6px; }

.traveler tbody { break-inside: avoid; }
.traveler .place { width: 26px; color: var(--soft); }
.traveler .step-name { white-space: nowrap; }
.traveler .head td { padding-top: 8px; border-bottom: 0; }
.traveler .phases td { padding-bottom: 8px; }
.traveler ol { margin: 0; padding: 0; list-style: none; color: #3b3d41; font-size: 12.5px; }
.traveler li { display: grid; grid-template-columns: 130px 92px 1fr; }
.traveler .took { color: var(--soft); }
.traveler .failed { grid-column: 1 / -1; margin: 2px 0; max-width: none; font-weight: 600;
  overflow-wrap: anywhere; }

.patterns { position: absolute; }
.legend { display: flex; flex-wrap: wrap; gap: 6px 22px; margin: 0 0 10px; padding: 0;
  list-style: none; font-size: 13px; }
.legend li { display: flex; gap: 8px; align-items: center; }
.grid { display: grid; grid-template-columns: repeat(3, 1fr); gap: 22px 26px; }
figure { margin: 0; break-inside: avoid; }
figcaption { padding-bottom: 4px; font-size: 13.5px; font-weight: 600; }
.planned { margin-left: 8px; color: var(--soft); font-weight: 400; font-style: italic; }
.section { display: block; width: 100%; height: auto; border: 1px solid var(--line);
  overflow: hidden; -webkit-print-color-adjust: exact; print-color-adjust: exact; }
.section text { font-size: 11px; fill: var(--ink); }
.section .ground { fill: #fff; fill-opacity: 0.88; stroke: none; }
.tip { fill: var(--ink); stroke: #fff; stroke-width: 1; }
.section polygon, .swatch rect { stroke: #2a2b2e; stroke-width: 0.7; stroke-linejoin: round; }
.size { fill: none; stroke: var(--ink); stroke-width: 1; }
.halo { fill: none; stroke: #fff; stroke-width: 3; }
.bar { stroke: var(--ink); stroke-width: 2.5; }
.section .m-light, .swatch .m-light { fill: #000; fill-opacity: 0.055; stroke: #9a9da1;
  stroke-dasharray: 2 3; stroke-width: 0.6; }
.m-substrate { fill: #dfe0e2; }
.section .m-substrate { stroke: none; }
.m-passivation { fill: #9da0a4; }
.m-pad { fill: #f7f7f8; }
.m-ubm, .m-mask { fill: #17181a; }
.m-film { fill: url(#p-film); }
.m-latent { fill: url(#p-latent); }
.section .m-latent { stroke-dasharray: 4 3; }
.m-liquid { fill: url(#p-liquid); }
.m-exposed { fill: url(#p-exposed); }
.m-copper { fill: #55585c; }
.m-nickel { fill: url(#p-nickel); }
.m-solder { fill: #b9bcc0; }
.ground-film, .ground-latent, .ground-exposed { fill: #fff; }
.ground-liquid { fill: #dcdee0; }
.ground-nickel { fill: #fff; }
.stroke-film { stroke: #8b8e93; stroke-width: 0.8; }
.stroke-nickel { stroke: #2a2b2e; stroke-width: 1.4; }
.dot-latent { fill: #a7aaae; }
.dot-liquid { fill: #2a2b2e; }
.dot-exposed { fill: #6d7075; }
footer { margin-top: 40px; padding-top: 10px; border-top: 1px solid var(--line);
  color: var(--soft); font-size: 12.5px; }

@media print {
  @page { size: A4; margin: 14mm 13mm; }
  html { background: #fff; }
  body { font-size: 9.5pt; }
  main { max-width: none; padding: 0; }
  .banner { margin: 0 0 16px; padding: 8px 12px; }
  table, .note, .tally, .legend { font-size: 8pt; }
  .traveler ol, .claim-of { font-size: 7.5pt; }
  h2, h3, h4, summary { break-after: avoid; }
  .grid { grid-template-columns: 1fr 1fr; gap: 12px 14px; }
  details > summary { list-style: none; }
  details:not(.unprinted)::details-content { display: block; content-visibility: visible;
    block-size: auto; }
  .unprinted:not([open]) { display: none; }
}
@media screen and (max-width: 820px) {
  main { padding: 24px 16px; }
  .banner { margin: -24px -16px 24px; padding: 10px 16px; }
  .facts, .grid { grid-template-columns: 1fr; }
}
"""
