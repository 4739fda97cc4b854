"""Reading file systems out of stored disks, without kernel mounts and without root.

Guest file systems are untrusted and their parsers are C code: each mount is read by a process of its own
(``process``), which the hub talks to through ``browser``; a crash ends that mount and nothing else.
"""
