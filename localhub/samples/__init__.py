"""Sample VMs: small real disks made from real files with Debian's own tools, without root."""
