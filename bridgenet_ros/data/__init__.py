"""Samples for training and evaluation."""
