"""`python -m tests.deploy.picture ALERTS.jsonl OUT.png`: an alert's fields as the rule projects them.

A drawing of our own, by Chromium: it looks like no portal.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from datetime import datetime, timedelta
from html import escape
from pathlib import Path

from deploy.sentinel.rules import DETAILS, ENTITIES, RULES

from .kusto import Row, Workspace

SHOWN = "grant.new_account"
COLORS = {"High": "#b42318", "Medium": "#b54708", "Low": "#175cd3", "Informational": "#475467"}

_STYLE = """
body { font: 15px/1.5 "Segoe UI", "DejaVu Sans", sans-serif; margin: 0; background: #f2f4f7; color: #101828 }
main { margin: 24px; background: #fff; border: 1px solid #d0d5dd; border-radius: 8px; padding: 24px 28px }
h1 { font-size: 21px; line-height: 1.35; margin: 10px 0 4px } h2 { font-size: 12px; text-transform: uppercase;
letter-spacing: .06em; color: #475467; margin: 22px 0 6px } .pill { color: #fff; border-radius: 4px; padding: 2px 10px;
font-size: 13px; font-weight: 600 } .meta { color: #475467; margin: 0 } p { margin: 0 0 8px; white-space: pre-wrap }
.both { display: grid; grid-template-columns: 47fr 53fr; gap: 40px } table { border-collapse: collapse; width: 100% }
td { border-top: 1px solid #eaecf0; padding: 4px 12px 4px 0; vertical-align: top; overflow-wrap: anywhere }
td:first-child { color: #475467; white-space: nowrap; width: 1% }
footer { margin: 0 28px 20px; color: #475467; font-size: 13px }
"""


def projected(line: str) -> Row:
    """What the rule makes of an alert that has just arrived."""
    record = json.loads(line)
    arrives = datetime.fromisoformat(record["TimeGenerated"]) + timedelta(minutes=1)
    workspace = Workspace()
    workspace.arrive("PimAlerts_CL", record, arrives)
    (row,) = workspace.query(RULES[0].query, arrives + timedelta(minutes=5))
    return row


def page(row: Row) -> str:
    """The fields of an incident as one page."""
    described, *sections = str(row["Description"]).split("\n\n")
    when = " to ".join(f"{row[name]:%Y-%m-%d %H:%M}" for name in ("StartTime", "EndTime") if row[name])
    return f"""<!doctype html><meta charset="utf-8"><style>{_STYLE}</style><main>
<span class="pill" style="background:{COLORS[row["Severity"]]}">{escape(row["Severity"])}</span>
<h1>{escape(row["Title"])}</h1>
<p class="meta">{escape(row["Tactic"])} · {escape(row["Technique"])} · activity {when} UTC · {escape(RULES[0].name)}</p>
<div class="both"><div><h2>Description</h2>{"".join(f"<p>{escape(text)}</p>" for text in (described, *sections))}
<h2>Entities</h2>{_table(_entities(row))}</div>
<div><h2>Custom details</h2>{_table([(key, str(row[name])) for key, name in DETAILS.items() if row[name]])}</div></div>
</main><footer>Drawn by pimtrail from an alert of its demo, through the query of the analytics rule: the fields an
analyst gets, not a picture of the portal.</footer>"""


def _entities(row: Row) -> list[tuple[str, str]]:
    """Kind, and identifiers that have a value."""
    made = [(kind, [f"{name}: {row[column]}" for name, column in fields if row[column]]) for kind, *fields in ENTITIES]
    return [(kind, "\n".join(fields)) for kind, fields in made if fields]


def _table(rows: list[tuple[str, str]]) -> str:
    cells = (f"<tr><td>{escape(name)}<td>{escape(value).replace(chr(10), '<br>')}" for name, value in rows)
    return f"<table>{''.join(cells)}</table>"


def draw(html: str, out: Path) -> None:
    """A picture of `html`, made by Chromium without a network."""
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "page.html"
        source.write_text(html, encoding="utf-8")
        quiet = "no-sandbox disable-gpu disable-quic no-first-run hide-scrollbars disable-sync disable-component-update"
        options = [f"--{name}" for name in (*quiet.split(), "disable-background-networking")]
        places = [f"--user-data-dir={folder}/profile", f"--screenshot={out.resolve()}", "--window-size=1180,890"]
        command = ["chromium", "--headless", *options, *places, source.as_uri()]
        subprocess.run(command, check=True, capture_output=True, timeout=120)


def alert(path: Path) -> str:
    """The line of the alert that is shown."""
    lines = path.read_text(encoding="utf-8").split("\n")
    return next(line for line in lines if line and json.loads(line)["RuleId"] == SHOWN)


if __name__ == "__main__":
    draw(page(projected(alert(Path(sys.argv[1])))), Path(sys.argv[2]))
