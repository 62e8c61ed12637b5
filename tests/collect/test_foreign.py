"""I11: a token goes to no other host. Every form of link in nextLink, also inside a batch: nobody is connected to."""

from pathlib import Path

from tests.collect.rig import DAY, Rig, guid
from tests.fakes.faults import FOREIGN, foreign
from tests.fakes.graph import AUDITS, MEMBERS, OWNERS
from tests.fakes.tls import Certificates, Reply, Request, serving
from tests.site import HOUR, Site

GROUP = guid(7)
PATHS = (
    *("/v1.0/users", "/v1.0/groups", "/v1.0/servicePrincipals", "/v1.0/roleManagement/directory/roleDefinitions"),
    *("/v1.0/roleManagement/directory/roleEligibilityScheduleInstances", AUDITS),
    *(MEMBERS.format(group=GROUP), OWNERS.format(group=GROUP)),
)


def test_nobody_else_is_ever_connected_to(contoso: Rig, trust: Certificates) -> None:
    """All forms over real TLS, by a second server that counts connections and would answer any of them."""
    graph, forms = contoso.graph, list(FOREIGN)
    graph.lists["/v1.0/groups"] = [{"id": GROUP, "displayName": "sg", "isAssignableToRole": True}]
    with serving(trust, lambda request: Reply.of({"value": []})) as elsewhere:
        for first in range(0, len(forms), len(PATHS)):
            for path, form in zip(PATHS, forms[first:], strict=False):
                home, other = f"localhost:{contoso.graph_server.port}", f"localhost:{elsewhere.port}"
                graph.fail(path, foreign(form, home, other))
            summary = contoso.collect(after=2 * DAY)
            refused = [line for line in summary.unfinished if "next page is refused" in line]
            assert len(refused) >= min(len(PATHS), len(forms) - first) - 2, summary.unfinished
            graph.forgive()
        assert elsewhere.connections == 0
    assert {request.headers["host"] for request in contoso.graph_server.requests} == {home}


def test_every_form_is_refused_wherever_it_is_offered(tmp_path: Path) -> None:
    """The same without sockets: one form after another on a list, the audit log and a list by group."""
    site, hosts = Site(tmp_path), set[str]()
    site.graph.lists["/v1.0/groups"] = [{"id": GROUP, "displayName": "sg", "isAssignableToRole": True}]

    def answer(request: Request) -> Reply:
        hosts.add(request.headers["host"])
        return site.graph(request)

    assert site.run(("collect",), answer).exit_code == 0
    for form in FOREIGN:
        places = ("/v1.0/users", AUDITS, MEMBERS.format(group=GROUP))
        for path in places:
            site.graph.fail(path, foreign(form, "graph.example:443", "evil.example:8443"))
        site.graph.now += 25 * HOUR
        summary = site.run(("collect",), answer)
        refused = {line.partition(":")[0] for line in summary.collect.unfinished}
        if form not in HARMLESS:
            assert refused == {"users", "directory_audits", "group_members"}, (form, summary.error)
        assert hosts == {"graph.example"}, form
        site.graph.forgive()


HARMLESS = {"no port"}
"""A default port may be left out: that link leads home."""
