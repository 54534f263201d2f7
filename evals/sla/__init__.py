"""The suite `sla`: forecasts of breaches against "80 % of the time has passed", on simulated offices."""
