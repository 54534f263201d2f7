"""Notices: what people are told, decided in the transaction of what happened and delivered afterwards."""
