"""Pytest plugin of the unit stage: a connection that leaves this machine is an error, not a slow test."""

import ipaddress
import socket
from typing import Any

_connect, _connect_ex = socket.socket.connect, socket.socket.connect_ex


def _check(address: Any) -> None:
    if not isinstance(address, tuple):
        return
    host = str(address[0])
    try:
        local = ipaddress.ip_address(host).is_loopback
    except ValueError:
        local = host == "localhost"
    if not local:
        raise PermissionError(f"a unit test reached for the network: {host}")


class OfflineSocket(socket.socket):
    """A socket that stays on this machine."""

    def connect(self, address: Any) -> None:
        _check(address)
        _connect(self, address)

    def connect_ex(self, address: Any) -> int:
        _check(address)
        return _connect_ex(self, address)


socket.socket = OfflineSocket  # type: ignore[misc]
