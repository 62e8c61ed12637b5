"""`pimtrail sentinel` writes the template, fills parameters from the configuration, keeps what was filled in."""

import csv
import json

from pipeline.content import sentinel_template

from .calling import TENANT_ID, Shell

MORE = """
[[tenants]]
name = "contoso"
tenant_id = "00000000-0000-0000-0000-000000000001"
time_zone = "Europe/Zurich"
holidays = "CH-ZH"
working_hours = ["mon-thu 07:00-19:00", "fri 07:00-15:00"]
break_glass = ["bg1@contoso.example", "bg2@contoso.example"]
[[tenants.calendars]]
members = ["night-ops@contoso.example", 'sg "night", ops']
working_hours = "mon-sun 20:00-06:00"
on_call = [{from = "2026-12-01T00:00:00Z", to = "2026-12-08T00:00:00+01:00"}]
"""


def parameters(shell: Shell) -> dict[str, str]:
    held = json.loads((shell.folder / "sentinel" / "azuredeploy.parameters.json").read_text(encoding="utf-8"))
    return {name: each["value"] for name, each in held["parameters"].items()}


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(text.splitlines()))


def test_the_template_is_the_shipped_one_and_the_lists_are_the_configuration(shell: Shell) -> None:
    shell.config(MORE, tenants="")
    result = shell("sentinel")
    assert (result.code, result.err) == (0, "")
    assert "az deployment group create" in result.out
    assert (shell.folder / "sentinel" / "azuredeploy.json").read_bytes() == sentinel_template().read_bytes()
    made = parameters(shell)
    (tenant,) = rows(made["tenants"])
    assert tenant["EntraTenantId"] == TENANT_ID
    assert tenant["WorkingHours"] == "mon-thu 07:00-19:00, fri 07:00-15:00"
    assert [row["Account"] for row in rows(made["breakGlass"])] == ["bg1@contoso.example", "bg2@contoso.example"]
    first, second, rest = rows(made["calendars"])
    assert (first["Member"], second["Member"], rest["Member"]) == ("night-ops@contoso.example", 'sg "night", ops', "*")
    assert (first["TimeZone"], first["WorkingHours"]) == ("Europe/Zurich", "mon-sun 20:00-06:00")
    assert first["OnCall"] == "2026-12-01T00:00:00Z/2026-12-07T23:00:00Z"
    assert (rest["WorkingHours"], rest["OnCall"]) == (tenant["WorkingHours"], "")
    tiers = {row["RoleName"]: row["Tier"] for row in rows(made["roleTiers"])}
    assert tiers["Global Administrator"] == "tier0"


def test_what_was_filled_in_stays_and_lists_are_made_anew(shell: Shell) -> None:
    shell.config(tenants="contoso")
    shell("sentinel", "--quiet")
    path = shell.folder / "sentinel" / "azuredeploy.parameters.json"
    held = json.loads(path.read_text(encoding="utf-8"))
    held["parameters"] |= {"workspaceName": {"value": "law-soc"}, "location": {"value": "switzerlandnorth"}}
    path.write_text(json.dumps(held), encoding="utf-8")
    shell.config(tenants="contoso fabrikam")
    assert shell("sentinel").code == 0
    made = parameters(shell)
    assert (made["workspaceName"], made["location"]) == ("law-soc", "switzerlandnorth")
    assert [row["TenantName"] for row in rows(made["tenants"])] == ["contoso", "fabrikam"]
    assert made["breakGlass"] == ""
    shell("sentinel", "--tenant", "fabrikam")
    assert [row["TenantName"] for row in rows(parameters(shell)["tenants"])] == ["fabrikam"]


def test_another_file_is_left_alone(shell: Shell) -> None:
    shell.config()
    shell.write("sentinel/azuredeploy.parameters.json", "[]")
    assert (
        shell("sentinel").err
        == "pimtrail: sentinel/azuredeploy.parameters.json is no file of parameters; move it away\n"
    )
    assert shell("sentinel", "--out", "/proc/none").code == 6
