"""Scenes of solids, drawn by ray casting: colour and exact depth from any place."""
