"""Addresses from which PIM was asked: the network each is in, and the configured range."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

from ..config import NamedRange

Network = IPv4Network | IPv6Network


def networks(ranges: Iterable[NamedRange]) -> list[tuple[str, Network]]:
    """(name, network) of every configured range, the smallest network first."""
    found = [(each.name, ip_network(text)) for each in ranges for text in each.ranges]
    return sorted(found, key=lambda one: (-(one[1].prefixlen + 128 - one[1].max_prefixlen), one[0]))


def placed(
    addresses: Iterable[str], known: Sequence[tuple[str, Network]]
) -> Iterator[tuple[str, str | None, str | None]]:
    """(address, network, named range) of each; a text that is no address is in none."""
    for text in addresses:
        try:
            address = ip_address(text.strip())
        except ValueError:
            yield text, None, None
            continue
        address = getattr(address, "ipv4_mapped", None) or address
        around = ip_network((address, 24 if address.version == 4 else 64), strict=False)
        yield text, str(around), next((name for name, network in known if address in network), None)
