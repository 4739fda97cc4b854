"""What every list offers beside its rows: columns of one's choice, saved views, and itself as CSV."""
