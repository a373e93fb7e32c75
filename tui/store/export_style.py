"""How an exported page looks: the house's two themes, dark and light as the reader's system asks for.

The colours are those of ``tui.app.themes.house`` (a test holds them equal): the store knows no app.
"""

DARK = {
    "background": "#14181d", "surface": "#1a1f26", "panel": "#232a33", "foreground": "#d7dce2",
    "primary": "#5b9dd9", "secondary": "#7f8fa6", "accent": "#4fc1c0", "success": "#7fc27a",
    "warning": "#e0b050", "error": "#e5707a",
}  # fmt: skip
LIGHT = {
    "background": "#fbfbf9", "surface": "#f2f2ee", "panel": "#e6e7e3", "foreground": "#1d232b",
    "primary": "#1f5f9e", "secondary": "#5b6675", "accent": "#00716f", "success": "#2b7a2e",
    "warning": "#8a5a00", "error": "#b3202e",
}  # fmt: skip


def _variables(colours: dict[str, str]) -> str:
    return "".join(f"--{name}:{colour};" for name, colour in colours.items())


STYLE = f"""
:root{{color-scheme:dark light;{_variables(DARK)}}}
@media (prefers-color-scheme:light){{:root{{{_variables(LIGHT)}}}}}
*{{box-sizing:border-box}}
body{{margin:0 auto;max-width:64rem;padding:1rem;background:var(--background);color:var(--foreground);
font:15px/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;overflow-wrap:anywhere}}
h1{{font-size:1.3rem;margin:.2rem 0 .6rem}}
a{{color:var(--primary)}}
dl{{display:grid;grid-template-columns:max-content 1fr;gap:.1rem 1rem;margin:0 0 1.2rem;color:var(--secondary)}}
dd{{margin:0}}
.prompt{{border-left:3px solid var(--primary);background:var(--surface);padding:.5rem .8rem;margin:1.4rem 0 .8rem;
white-space:pre-wrap}}
.answer>:first-child{{margin-top:.2rem}}
.answer table{{border-collapse:collapse;display:block;overflow-x:auto}}
.answer td,.answer th{{border:1px solid var(--panel);padding:.15rem .5rem;text-align:left}}
.answer blockquote{{border-left:3px solid var(--panel);margin-left:0;padding-left:.8rem}}
code{{background:var(--panel);padding:0 .25em;border-radius:3px}}
pre{{background:var(--surface);padding:.5rem .7rem;margin:.4rem 0;overflow-x:auto;border-radius:4px;line-height:1.35}}
pre code{{background:none;padding:0}}
pre.output{{max-height:32rem;overflow-y:auto;white-space:pre-wrap}}
details{{margin:.25rem 0}}
summary{{cursor:pointer;padding:.15rem 0}}
.call{{border-left:3px solid var(--panel);padding-left:.6rem}}
.call .line{{color:var(--foreground)}}
.call b{{color:var(--accent)}}
.ok .mark{{color:var(--success)}}
.error .mark,.timed_out .mark,.unknown .mark,.denied .mark,.cancelled .mark,.failed{{color:var(--error)}}
.waiting .mark,.asking .mark,.running .mark,.cut,.asked{{color:var(--warning)}}
.facts,.reasoning,.note,.sum{{color:var(--secondary)}}
.note,.sum{{border-top:1px solid var(--panel);padding-top:.2rem;margin:.9rem 0;font-size:.9em}}
.reasoning .text{{white-space:pre-wrap;border-left:3px solid var(--panel);padding-left:.8rem}}
.add{{color:var(--success)}}.del{{color:var(--error)}}.hunk{{color:var(--accent)}}
img{{max-width:100%;height:auto;display:block;margin:.4rem 0}}
ul.todo{{list-style:none;padding-left:.5rem;margin:.3rem 0}}
@media (max-width:40rem){{body{{padding:.6rem;font-size:14px}}dl{{grid-template-columns:1fr}}dt{{margin-top:.3rem}}
.call .facts{{display:block}}}}
@media print{{pre.output{{max-height:none}}}}
"""
"""One style sheet, named in the page's content policy by its hash."""
