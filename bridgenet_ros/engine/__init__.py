"""Runs the network fast: buffers, streams, tickets."""
