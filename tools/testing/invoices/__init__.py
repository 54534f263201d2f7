"""Sample business documents: invoices, credit notes and purchase orders, made from a seed and a date.

Nothing here reads the clock or global randomness: the same arguments give the same bytes.
"""
