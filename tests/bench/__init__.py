"""The portal's speed as ratios, each pair measured in one run: ``script/bench``."""
