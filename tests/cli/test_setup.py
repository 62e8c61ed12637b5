"""The first hour: `init` writes a configuration that loads; faults are told, one line each."""

from pipeline.collect.endpoints import TABLE
from pipeline.settings_file import load

from .calling import TENANT_ID, Shell


def test_init_writes_a_configuration_that_loads(shell: Shell) -> None:
    result = shell("init", "--tenant", "fabrikam", "--tenant-id", TENANT_ID, "--client-id", "c-1")
    assert (result.code, result.err) == (0, "")
    (tenant,) = load(shell.folder / "pimtrail.toml", environment={}).tenants
    assert (tenant.name, tenant.tenant_id, tenant.auth.client_id) == ("fabrikam", TENANT_ID, "c-1")
    assert all(endpoint.permission in result.out for endpoint in TABLE)
    assert "Write" not in result.out


def test_init_leaves_what_is_there(shell: Shell) -> None:
    shell.write("pimtrail.toml", "# mine")
    result = shell("init")
    assert (result.code, result.err) == (2, "pimtrail: pimtrail.toml exists; it is left as it is\n")
    assert (shell.folder / "pimtrail.toml").read_text() == "# mine"


def test_init_takes_no_name_that_would_break_out_of_the_file(shell: Shell) -> None:
    assert shell("init", "--client-id", 'x"\n[sentinel]').code == 2
    assert shell("init", "--tenant-id", "contoso.example").err.startswith("pimtrail: init: tenants[0].tenant_id: ")
    assert not (shell.folder / "pimtrail.toml").exists()


def test_every_fault_is_a_line_and_the_code_is_2(shell: Shell) -> None:
    shell.config('[graph]\nbase_url = "http://graph.example"\ncolour = "\\u001b[31m"\n')
    result = shell("status")
    assert (result.code, result.out) == (2, "")
    assert result.err.splitlines() == [
        "pimtrail: pimtrail.toml: graph.base_url: is no https address",
        "pimtrail: pimtrail.toml: graph.colour: unknown key",
    ]


def test_without_a_configuration_it_says_what_to_do(shell: Shell) -> None:
    result = shell("status")
    assert result.code == 2
    assert "`pimtrail init` writes" in result.err
    assert shell("status", "--config", "none.toml").err == (
        "pimtrail: none.toml: cannot be read: No such file or directory\n"
    )


def test_tenants_are_chosen_by_name(shell: Shell) -> None:
    shell.config(tenants="contoso fabrikam")
    assert shell("status", "--tenant", "tailspin").err == (
        "pimtrail: no tenant 'tailspin' is configured; there are contoso, fabrikam\n"
    )
    assert "--tenant is needed, one of contoso, fabrikam" in shell("query", "SELECT 1").err
    assert "--tenant is needed" in shell("show", "abcdef").err
    assert "--tenant is needed" in shell("collect", "--import", "x.json").err
    assert [line.split()[:2] for line in shell("status").out.splitlines()[1:]] == [
        ["contoso", "never"],
        ["fabrikam", "never"],
    ]


def test_a_damaged_status_is_an_integrity_error(shell: Shell) -> None:
    shell.config()
    shell.write("data/contoso/status.json", "{")
    assert shell("status").code == 7


def test_a_folder_nobody_may_write_is_a_storage_error(shell: Shell) -> None:
    config = shell.config('data_dir = "/proc/none"')
    result = shell("normalise", "--config", config)
    assert result.code == 6, result
