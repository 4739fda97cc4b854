"""A small real backup hub for one machine, speaking the REST API of a Sendense hub (both dialects).

It finds disk images of local VMs, backs them up to qcow2 chains, and serves files out of any point without
kernel mounts and without root. It is the embedded default, the test hub and the demo of the portal: loopback
only; production uses a Sendense hub. It imports nothing of the portal.
"""
