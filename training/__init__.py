"""Coaching and training."""
