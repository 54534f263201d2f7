"""Shipped twins, generators and sandboxes for trying and testing Interlock."""
