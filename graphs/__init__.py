"""What happens next: cases, process definitions, the effect ledger, tasks, audit and the runtime."""
