"""What the configuration accepts, and what it says of each fault."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from pipeline.config import Auth, Settings
from pipeline.content import samples_dir
from pipeline.errors import ConfigError
from pipeline.settings_check import PATHS
from pipeline.settings_file import load

CONTOSO = """
[[tenants]]
name = "contoso"
tenant_id = "00000000-0000-0000-0000-000000000001"
"""


def write(folder: Path, text: str) -> Path:
    path = folder / "pimtrail.toml"
    path.write_text(text, encoding="utf-8")
    return path


def read(folder: Path, text: str, environment: Mapping[str, str] | None = None, **flags: Any) -> Settings:
    return load(write(folder, text), flags, environment or {})


def faults(folder: Path, text: str, environment: Mapping[str, str] | None = None) -> list[str]:
    """The faults without the folder in front of the file's name."""
    with pytest.raises(ConfigError) as told:
        read(folder, text, environment)
    return [fault.replace(f"{folder}/", "") for fault in told.value.faults]


def test_the_shipped_sample_is_sound() -> None:
    settings = load(samples_dir() / "pimtrail.toml", environment={})
    assert [tenant.name for tenant in settings.tenants] == ["contoso", "fabrikam", "tailspin"]
    on_call = next(each for calendar in settings.tenants[0].calendars for each in calendar.on_call)
    assert on_call.from_ == datetime(2026, 10, 19, tzinfo=UTC)


def test_every_path_of_the_shape_is_known_to_the_reader() -> None:
    """A new `Path` in a section would otherwise stay relative to wherever the command was started."""

    def paths(schema: dict[str, Any], node: dict[str, Any], at: tuple[str, ...]) -> set[tuple[str, ...]]:
        node = schema["$defs"][node["$ref"].rsplit("/", 1)[1]] if "$ref" in node else node
        if node.get("format") == "path":
            return {at}
        inside = [(name, each) for name, each in node.get("properties", {}).items()]
        inside += [("*", node["items"])] if isinstance(node.get("items"), dict) else []
        found = {path for name, each in inside for path in paths(schema, each, (*at, name))}
        return found | {path for each in node.get("anyOf", []) for path in paths(schema, each, at)}

    schema = Settings.model_json_schema()
    assert paths(schema, schema, ()) == PATHS


def test_defaults() -> None:
    settings = load(None, environment={})
    assert (settings.data_dir, settings.tenants) == (Path.cwd() / "data", ())
    assert settings.collect.overlap == timedelta(hours=2)


def test_paths_count_from_the_files_folder(tmp_path: Path) -> None:
    (tmp_path / "baseline.yaml").write_text("[]")
    text = 'data_dir = "kept"\n' + CONTOSO + 'baseline = "baseline.yaml"\nauth = {client_secret = "file:secret.txt"}'
    settings = read(tmp_path, text)
    assert settings.data_dir == tmp_path / "kept"
    assert settings.tenants[0].baseline == tmp_path / "baseline.yaml"
    assert settings.tenants[0].auth.client_secret == f"file:{tmp_path}/secret.txt"
    assert read(tmp_path, CONTOSO).data_dir == tmp_path / "data"


def test_paths_of_environment_and_flags_count_from_the_working_directory(tmp_path: Path) -> None:
    assert read(tmp_path, CONTOSO, {"PIMTRAIL_DATA_DIR": "there"}).data_dir == Path.cwd() / "there"
    assert read(tmp_path, CONTOSO, data_dir="here").data_dir == Path.cwd() / "here"


def test_lists_and_nested_keys_from_the_environment(tmp_path: Path) -> None:
    environment = {
        "PIMTRAIL_GRAPH__BASE_URL": "https://graph.example",
        "PIMTRAIL_TENANTS": '[{"name": "fabrikam", "tenant_id": "00000000-0000-0000-0000-000000000002"}]',
        "PIMTRAIL_ALERTS__CAP_PER_RULE": "7",
        "PIMTRAIL_PORT_443_TCP_ADDR": "192.0.2.1",
    }
    settings = read(tmp_path, CONTOSO, environment)
    assert settings.graph.base_url == "https://graph.example"
    assert [tenant.name for tenant in settings.tenants] == ["fabrikam"]
    assert settings.alerts.cap_per_rule == 7


FAULTS = [
    ('tenants = "none"', "tenants: input should be a valid tuple"),
    ("colour = 1", "colour: unknown key"),
    ("[graph]\nbaseurl = 'https://a.example'", "graph.baseurl: unknown key"),
    ("[graph]\nbase_url = 'http://graph.example'", "graph.base_url: is no https address"),
    ("[graph]\nca_file = 'none.pem'", "graph.ca_file: there is no "),
    ("[collect]\noverlap = '2 hours'", "collect.overlap: '2 hours' is no duration"),
    ("[[tenants]]\nname = 'a'", "tenants[0].tenant_id: is missing"),
    (CONTOSO.replace("000001", "00000x"), "tenants[0].tenant_id: is not of the form 0000"),
    (CONTOSO.replace('"contoso"', '"../up"'), "tenants[0].name: is at most 64 letters"),
    (CONTOSO.replace('"contoso"', '"a\\n"'), "tenants[0].name: is at most 64 letters"),
    (CONTOSO + 'time_zone = "Europe/Zurch"', "tenants[0].time_zone: 'Europe/Zurch' is no time zone"),
    (CONTOSO + 'holidays = "CH-XX"', "tenants[0].holidays: no holidays are known for 'CH-XX'"),
    (CONTOSO + 'holidays = "Utopia"', "tenants[0].holidays: no holidays are known for 'Utopia'"),
    (CONTOSO + 'working_hours = "9 to 5"', "tenants[0].working_hours: '9 to 5' is not of the form"),
    (CONTOSO + 'working_hours = ["mon 08:00-12:00", "tus 08:00-12:00"]', "tenants[0].working_hours: 'tus' is no day"),
    (CONTOSO + 'baseline = "none.yaml"', "tenants[0].baseline: there is no "),
    (CONTOSO + 'auth = {method = "password"}', "tenants[0].auth.method: input should be 'managed_identity'"),
    (CONTOSO + 'auth = {method = "certificate", client_id = "c"}', "tenants[0].auth.certificate: is missing; method"),
    (
        CONTOSO + 'auth = {client_id = "c", token_file = "t"}',
        "tenants[0].auth.token_file: is not used by method 'secret'",
    ),
    (
        CONTOSO + 'auth = {method = "certificate", client_id = "c", certificate = "app.pem"}',
        "tenants[0].auth.certificate: is a",
    ),
    (
        CONTOSO + "auth = {method = 'device_code', client_id = 'c'}\n"
        "[sentinel]\nendpoint = 'https://a.example'\ndcr_id = 'dcr-1'",
        "tenants[0].auth.method: a person signs in to read, not to send",
    ),
    (
        "[sentinel]\nendpoint = 'https://a.test'\ndcr_id = 'dcr-0'\nauth = {method = 'device_code', client_id = 'c'}",
        "sentinel.auth.method: a person signs in to read, not to send",
    ),
    (
        CONTOSO + '[[tenants.calendars]]\nmembers = ["a"]\ntime_zone = "CET+1"',
        "tenants[0].calendars[0].time_zone: 'CET+1'",
    ),
    (
        CONTOSO + "[[tenants.calendars]]\nmembers = []\n"
        "on_call = [{from = '2026-12-08T00:00:00Z', to = '2026-12-01T00:00:00Z'}]",
        "tenants[0].calendars[0].on_call[0]: to is not after from",
    ),
    (
        CONTOSO + "[[tenants.calendars]]\nmembers = []\non_call = [{from = '2026-12-08', to = '2026-12-09T00:00:00Z'}]",
        "tenants[0].calendars[0].on_call[0].from: input should have timezone",
    ),
    ("[tickets]\npattern = '(CHG'", "tickets.pattern: is no regular expression: missing ), unterminated"),
    ("[alerts]\ncap_per_rule = 0", "alerts.cap_per_rule: input should be greater than or equal to 1"),
    ("[alerts]\nmin_severity = 'critical'", "alerts.min_severity: input should be 'informational', 'low'"),
    ("[sentinel]\nendpoint = 'https://a.example'", "sentinel.dcr_id: is missing"),
    ("[rules.'activation.none']\nenabled = false", 'rules."activation.none": no such rule'),
    ("[rules.'activation.off_hours']\nlevel = 1", 'rules."activation.off_hours".level: unknown key'),
    ("[content]\nrules = ['none']", "content.rules[0]: there is no "),
    ("[schedule]\nrun = '0 6 * * 1-5'", "schedule.run: weekdays are written by name"),
    ("[schedule]\nrun = '0 6 * * */2'", "schedule.run: weekdays are written by name"),
    ("[schedule]\nrun = 'hourly'", "schedule.run: 'hourly' is no cron expression"),
    ("[schedule]\nreport = '0 25 1 * *'", "schedule.report: '0 25 1 * *' is no cron expression"),
    ("[report]\nframeworks = ['iso9001']", "report.frameworks[0]: no such framework; known are "),
]


@pytest.mark.parametrize(("text", "says"), FAULTS, ids=[says.split(": ")[0] for _, says in FAULTS])
def test_a_fault_names_file_and_key(tmp_path: Path, text: str, says: str) -> None:
    told = faults(tmp_path, text)
    assert [fault.startswith(f"pimtrail.toml: {says}") for fault in told] == [True], told


def test_all_faults_at_once_from_everywhere(tmp_path: Path) -> None:
    text = CONTOSO + 'time_zone = "Mars"\nwrong = 1\n' + CONTOSO.upper().replace("[[TENANTS]]", "[[tenants]]")
    environment = {
        "PIMTRAIL_GRAPH__AUTHORITY": "login",
        "PIMTRAIL_REPORT__FRAMEWORKS": "iso",
        "PIMTRAIL_SHAPE": "round",
        "PIMTRAIL_GRAPH__SHAPE": "round",
    }
    told = faults(tmp_path, text.replace("NAME", "name").replace("TENANT_ID", "tenant_id"), environment)
    assert sorted(told) == [
        "PIMTRAIL_GRAPH__AUTHORITY: graph.authority: is no https address",
        "PIMTRAIL_GRAPH__SHAPE: graph.shape: unknown key",
        "PIMTRAIL_REPORT__FRAMEWORKS: is no JSON",
        "PIMTRAIL_SHAPE: unknown key",
        "pimtrail.toml: tenants[0].time_zone: 'Mars' is no time zone; write an IANA name such as Europe/Zurich",
        "pimtrail.toml: tenants[0].wrong: unknown key",
        "pimtrail.toml: tenants[1].name: another tenant has it already",
        "pimtrail.toml: tenants[1].tenant_id: another tenant has it already",
    ]


def test_a_secret_in_the_file_is_refused_and_not_shown(tmp_path: Path) -> None:
    text = CONTOSO + 'auth = {client_secret = "hunter2~plain"}\n[sentinel]\nauth = {client_secret = 7}'
    told = faults(tmp_path, text)
    assert (
        "pimtrail.toml: tenants[0].auth.client_secret: is a reference, env:NAME or file:PATH, never the secret"
        in (told[0])
    )
    assert "hunter2" not in str(told)


def test_broken_toml_names_the_line(tmp_path: Path) -> None:
    assert faults(tmp_path, 'data_dir = "a"\n[graph\n')[0].startswith("pimtrail.toml:2: ")
    assert faults(tmp_path, 'a = "x')[0].startswith("pimtrail.toml: ")


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"none\.toml: cannot be read: No such file"):
        load(tmp_path / "none.toml", environment={})
    (tmp_path / "latin.toml").write_bytes(b'a = "\xe9"')
    with pytest.raises(ConfigError, match=r"latin\.toml: cannot be read: 'utf-8' codec"):
        load(tmp_path / "latin.toml", environment={})


AZURE = {
    "AZURE_TENANT_ID": "00000000-0000-0000-0000-00000000000a",
    "AZURE_CLIENT_ID": "client-of-azure",
    "AZURE_CLIENT_SECRET": "hunter2",
    "AZURE_AUTHORITY_HOST": "login.example",
}


def test_azures_names_make_the_only_tenant() -> None:
    settings = load(None, environment=AZURE)
    (tenant,) = settings.tenants
    assert (tenant.name, tenant.tenant_id) == ("default", AZURE["AZURE_TENANT_ID"])
    assert (tenant.auth.client_id, tenant.auth.client_secret) == ("client-of-azure", "env:AZURE_CLIENT_SECRET")
    assert settings.graph.authority == "https://login.example"
    assert "hunter2" not in settings.model_dump_json()


def test_azures_names_fill_only_what_the_file_lacks(tmp_path: Path) -> None:
    text = '[graph]\nauthority = "https://own.example"\n' + CONTOSO + 'auth = {client_id = "own"}'
    settings = read(tmp_path, text, AZURE)
    (tenant,) = settings.tenants
    assert tenant.tenant_id.endswith("1")
    assert (tenant.auth.client_id, tenant.auth.client_secret) == ("own", "env:AZURE_CLIENT_SECRET")
    assert settings.graph.authority == "https://own.example"


def test_azures_names_say_nothing_of_several_tenants(tmp_path: Path) -> None:
    other = CONTOSO.replace("contoso", "fabrikam").replace("0001", "0002")
    settings = read(tmp_path, CONTOSO + other, AZURE)
    assert {tenant.auth.client_id for tenant in settings.tenants} == {None}
    assert settings.graph.authority == "https://login.microsoftonline.com"


def test_a_fault_in_azures_names_is_not_the_files(tmp_path: Path) -> None:
    told = faults(tmp_path, "[[tenants]]\nname = 'a'", AZURE | {"AZURE_TENANT_ID": "contoso.example"})
    assert told == [
        "AZURE_… environment: tenants[0].tenant_id: is not of the form 00000000-0000-0000-0000-000000000000"
    ]


ID = {"AZURE_TENANT_ID": AZURE["AZURE_TENANT_ID"], "AZURE_CLIENT_ID": "client-of-azure"}
PROOFS = {
    "AZURE_CLIENT_SECRET": "hunter2",
    "AZURE_CLIENT_CERTIFICATE_PATH": "/run/app.pem",
    "AZURE_CLIENT_CERTIFICATE_PASSWORD": "hunter3",
    "AZURE_FEDERATED_TOKEN_FILE": "/run/token",
}


@pytest.mark.parametrize(
    ("without", "expected"),
    [
        ((), {"method": "secret", "client_secret": "env:AZURE_CLIENT_SECRET"}),
        (
            ("AZURE_CLIENT_SECRET",),
            {"method": "certificate", "certificate": "file:/run/app.pem"}
            | {"certificate_password": "env:AZURE_CLIENT_CERTIFICATE_PASSWORD"},
        ),
        (
            ("AZURE_CLIENT_SECRET", "AZURE_CLIENT_CERTIFICATE_PATH"),
            {"method": "workload_identity", "token_file": "/run/token"},
        ),
    ],
)
def test_azures_variables_tell_a_method_that_is_not_said(without: tuple[str, ...], expected: dict[str, str]) -> None:
    proofs = {name: value for name, value in PROOFS.items() if name not in without}
    [tenant] = load(None, environment=ID | proofs).tenants
    held = tenant.auth.model_dump(mode="json", exclude_none=True)
    assert held == {"client_id": "client-of-azure", "method": held["method"]} | expected


@pytest.mark.parametrize("method", ["managed_identity", "device_code", "workload_identity"])
def test_azures_variables_add_nothing_that_a_method_does_not_use(tmp_path: Path, method: str) -> None:
    [tenant] = read(tmp_path, CONTOSO + f"auth = {{method = '{method}'}}", ID | PROOFS).tenants
    assert (tenant.auth.method, tenant.auth.client_id, tenant.auth.client_secret) == (method, "client-of-azure", None)
    assert tenant.auth.token_file == (Path("/run/token") if method == "workload_identity" else None)


def test_azures_variables_prove_nothing_without_an_application(tmp_path: Path) -> None:
    proofs = {name: value for name, value in PROOFS.items() if name != "AZURE_CLIENT_SECRET"}
    [tenant] = read(tmp_path, CONTOSO, proofs).tenants
    assert tenant.auth == Auth()


def test_files_of_sign_in_count_from_the_configurations_folder_and_may_come_later(tmp_path: Path) -> None:
    certificate = "{method = 'certificate', client_id = 'c', certificate = 'file:app.pem'}"
    token = "{method = 'workload_identity', client_id = 'c', token_file = 'token'}"
    sentinel = f"[sentinel]\nendpoint = 'https://a.example'\ndcr_id = 'dcr-1'\nauth = {token}"
    settings = read(tmp_path, CONTOSO + f"auth = {certificate}\n{sentinel}")
    assert settings.tenants[0].auth.certificate == f"file:{tmp_path / 'app.pem'}"
    assert settings.sentinel and settings.sentinel.auth
    assert settings.sentinel.auth.token_file == tmp_path / "token"
