"""``python -m localhub``: serve · sample-vms · change-vm · verify · cat."""

import sys

from localhub.commands import main

if __name__ == "__main__":
    sys.exit(main())
