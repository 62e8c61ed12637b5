"""pimtrail: every privileged activation in Microsoft Entra, accounted for."""

__version__ = "0.1.0"
