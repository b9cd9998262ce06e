"""Runs `true` on every host with Fabric 2, AT_ONCE threads, PASSES times over kept connections; host keys are checked.

Arguments: SSH_CONFIG KNOWN_HOSTS AT_ONCE PASSES HOST...; prints the milliseconds of each pass.
"""

import sys
import time
from concurrent.futures import ThreadPoolExecutor

from fabric import Config, Connection
from paramiko import RejectPolicy

ssh_config, known_hosts, at_once, passes, *hosts = sys.argv[1:]
config = Config(runtime_ssh_path=ssh_config)


def connection(host):
    made = Connection(host, config=config)
    made.client.load_host_keys(known_hosts)
    made.client.set_missing_host_key_policy(RejectPolicy())
    return made


connections = [connection(host) for host in hosts]
with ThreadPoolExecutor(int(at_once)) as pool:
    for _ in range(int(passes)):
        start = time.monotonic()
        for result in pool.map(lambda made: made.run("true", hide=True, in_stream=False), connections):
            assert result.ok
        print((time.monotonic() - start) * 1000, flush=True)
