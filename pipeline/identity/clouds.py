"""Microsoft's clouds: each has a login host, a Graph and an ingestion domain of its own, and they do not mix."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from ..config import Graph


@dataclass(frozen=True)
class Cloud:
    """One cloud; the first of `logins` and `graphs` are the ones to configure."""

    name: str
    logins: tuple[str, ...]
    graphs: tuple[str, ...]
    ingestion: str


CLOUDS = (
    Cloud(
        "global",
        ("login.microsoftonline.com", "login.microsoft.com", "login.windows.net", "sts.windows.net"),
        ("graph.microsoft.com",),
        ".ingest.monitor.azure.com",
    ),
    Cloud(
        "US Government",
        ("login.microsoftonline.us", "login.usgovcloudapi.net"),
        ("graph.microsoft.us", "dod-graph.microsoft.us"),
        ".ingest.monitor.azure.us",
    ),
    Cloud(
        "China (21Vianet)",
        ("login.partner.microsoftonline.cn", "login.chinacloudapi.cn"),
        ("microsoftgraph.chinacloudapi.cn",),
        ".ingest.monitor.azure.cn",
    ),
)


def cloud_words(graph: Graph, ingestion: str | None = None) -> tuple[bool | None, str]:
    """Whether login host, Graph and ingestion endpoint belong together, in words too; None where nobody can say."""
    login, base = _host(graph.authority), _host(graph.base_url)
    signs_in = next((cloud for cloud in CLOUDS if login in cloud.logins), None)
    reads = next((cloud for cloud in CLOUDS if base in cloud.graphs), None)
    sends = next((cloud for cloud in CLOUDS if ingestion and _host(ingestion).endswith(cloud.ingestion)), None)
    if signs_in is None or reads is None:
        return None, f"{login} with {base}: not both Microsoft's own, so whether they belong together is not known"
    if signs_in is not reads:
        fix = f'authority = "https://{reads.logins[0]}" or base_url = "https://{signs_in.graphs[0]}"'
        return False, f"{login} is the {signs_in.name} cloud's, {base} the {reads.name} cloud's; [graph] needs {fix}"
    if sends is not None and sends is not signs_in:
        told = f"{login} is the {signs_in.name} cloud's, {_host(str(ingestion))} the {sends.name} cloud's"
        return False, f"{told}; alerts cannot be sent with this sign-in"
    return True, f"{signs_in.name}: {login} with {base}"


def _host(url: str) -> str:
    return (urlsplit(url).hostname or "").lower()
