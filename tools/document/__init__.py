"""Documents become facts: e-invoices, hybrid PDFs and digital PDFs, read without trusting them."""
