"""Login hosts, Graphs and ingestion endpoints that belong together, and those that do not."""

import pytest

from pipeline.config import Graph
from pipeline.forward.ingestion import scope_of
from pipeline.identity.clouds import CLOUDS, cloud_words


@pytest.mark.parametrize(
    ("authority", "base_url", "says"),
    [
        ("login.microsoftonline.com", "graph.microsoft.com", "global"),
        ("login.microsoftonline.us", "graph.microsoft.us", "US Government"),
        ("login.microsoftonline.us", "dod-graph.microsoft.us", "US Government"),
        ("login.partner.microsoftonline.cn", "microsoftgraph.chinacloudapi.cn", "China"),
        ("login.chinacloudapi.cn", "microsoftgraph.chinacloudapi.cn", "China"),
    ],
)
def test_pairs(authority: str, base_url: str, says: str) -> None:
    together, words = cloud_words(Graph(authority=f"https://{authority}", base_url=f"https://{base_url}"))
    assert together is True
    assert words.startswith(says)


def test_a_mismatch_says_what_to_write() -> None:
    together, words = cloud_words(Graph(base_url="https://graph.microsoft.us"))
    assert together is False
    assert 'authority = "https://login.microsoftonline.us" or base_url = "https://graph.microsoft.com"' in words
    together, words = cloud_words(Graph(), "https://a.usgovvirginia-1.ingest.monitor.azure.us")
    assert together is False
    assert "alerts cannot be sent with this sign-in" in words


def test_other_hosts_are_nobodys_business() -> None:
    assert cloud_words(Graph(authority="https://localhost:1", base_url="https://localhost:2"))[0] is None
    assert cloud_words(Graph(), "https://ingest.example")[0] is True


def test_a_cloud_has_its_own_audience_for_ingestion() -> None:
    audiences = [scope_of(f"https://a{cloud.ingestion}") for cloud in CLOUDS]
    assert [audience.split("/")[2] for audience in audiences] == [
        "monitor.azure.com",
        "monitor.azure.us",
        "monitor.azure.cn",
    ]
